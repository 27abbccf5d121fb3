/** Which SIS it is: its limits become the defaults, and an admin should know some things before he connects it. */
import { html, nothing } from 'lit';
import type { Effective, Settings } from '../answers.ts';
import { moreWords } from '../messages/admin-more.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { english, note } from '../parts.ts';
import type { SisProfile } from './admin-answers.ts';
import { typedOf } from './more-fields.ts';

export interface Kind {
  /** set here, or about to be; '': what is above or usual */
  chosen: string;
  inherited: string;
  profile: SisProfile | undefined;
  /** headers that it wants and that are not among those entered */
  missing: SisProfile['requiredHeaders'];
}

/** The kind as it is chosen now, saved or not. */
export function kindOf(
  own: Settings,
  effective: Effective,
  changed: Record<string, unknown>,
  profiles: SisProfile[],
): Kind {
  const value = 'profile' in changed ? changed['profile'] : own['profile'];
  const chosen = typeof value === 'string' ? value : '';
  const force = effective['profile']?.value;
  // what is set here says nothing of what is above
  const inherited = typeof force === 'string' && own['profile'] == null ? force : 'spec';
  const profile = profiles.find(({ name }) => name === (chosen || inherited));
  const headers = 'extraHeaders' in changed ? changed['extraHeaders'] : own['extraHeaders'];
  const entered = typedOf('secretPairs', headers).toLowerCase();
  const missing = (profile?.requiredHeaders ?? []).filter(({ name }) => !entered.includes(`${name}:`));
  return { chosen, inherited, profile, missing };
}

/** `connected`: the domain has a connection of its own, or is about to. */
export function sisKind(
  { chosen, inherited, profile, missing }: Kind,
  connected: boolean,
  pick: (name: string | undefined) => void,
) {
  const words = settingsWords();
  const usual = words.profiles[inherited] ?? inherited;
  return html`<div class="field">
      <label for="profile">${words.profile}</label>
      <span class="quiet small" id="profile-hint">${words.profileHint}</span>
      <select
        id="profile"
        aria-describedby="profile-hint"
        @change=${(e: Event) => pick((e.target as HTMLSelectElement).value || undefined)}
      >
        <option value="" .selected=${chosen === ''}>
          ${chosen === '' ? moreWords().defaultIs(usual) : moreWords().byDefault}
        </option>
        ${Object.entries(words.profiles).map(
          ([name, title]) => html`<option value=${name} .selected=${name === chosen}>${title}</option>`,
        )}
      </select>
    </div>
    ${
      connected || chosen
        ? missing.map(({ name, what }) => note('warn', html`${words.needsHeader(name)} ${english(what)}`))
        : nothing
    }
    ${
      profile && profile.notes.length > 0
        ? html`<details>
            <summary>${words.goodToKnow(profile.title)}</summary>
            <ul lang="en">
              ${[profile.categories, ...profile.notes].map((one) => html`<li>${one}</li>`)}
            </ul>
          </details>`
        : nothing
    }`;
}
