/** The bar below the settings: what stands in the way of saving, and what to do when somebody else was faster. */
import { html, nothing } from 'lit';
import type { FieldError } from '../api.ts';
import { moreWords } from '../messages/admin-more.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { note } from '../parts.ts';

export interface OnTop {
  /** fields that both have changed */
  clashing: string[];
  /** secrets that were typed for an address that is another now */
  dropped: string[];
}
interface Bar {
  dirty: boolean;
  saving: boolean;
  /** someone else saved since these settings were read */
  stale: boolean;
  trouble: unknown;
  /** complaints of the API about what no field shows */
  rest: FieldError[];
  /** what was typed lies on top of theirs */
  onTop: OnTop | null;
  press: (what: 'discard' | 'reload' | 'rebase') => void;
}

export function saveBar({ dirty, saving, stale, trouble, rest, onTop, press }: Bar) {
  const words = settingsWords();
  return html`<div class="bar card">
    ${
      stale
        ? note(
            'warn',
            words.stale,
            html`<span class="row">
              <button type="button" @click=${() => press('reload')}>${words.showTheirs}</button>
              <button type="button" @click=${() => press('rebase')}>${words.keepMine}</button>
            </span>`,
          )
        : nothing
    }
    ${
      onTop && !stale && (dirty || onTop.dropped.length > 0)
        ? note(onTop.dropped.length > 0 ? 'warn' : 'plain', onTopWords(onTop))
        : nothing
    }
    ${trouble === null ? nothing : note('bad', trouble)}
    ${rest.map((error) => note('bad', html`<span lang="en">${error.pointer}: ${error.detail}</span>`))}
    <div class="row apart">
      <span class="quiet">${dirty ? words.unsaved : words.allSaved}</span>
      <span class="row">
        <button type="button" ?hidden=${!dirty} @click=${() => press('discard')}>${words.discard}</button>
        <button class="primary" aria-disabled=${saving ? 'true' : nothing}>${words.save}</button>
      </span>
    </div>
  </div>`;
}

/** What became of what was typed, when it was put on top of what somebody else has saved. */
export function onTopWords({ clashing, dropped }: OnTop): string {
  const words = settingsWords();
  const names = (fields: string[]) => fields.map(labelOf).join(', ');
  return [
    words.onTop,
    ...(clashing.length > 0 ? [words.clashing(names(clashing))] : []),
    ...(dropped.length > 0 ? [words.otherAddress(names(dropped))] : []),
  ].join(' ');
}

/** What the field is called on the screen. */
function labelOf(name: string): string {
  const words = settingsWords();
  const labels: Partial<Record<string, string>> = {
    sisName: words.sisName,
    profile: words.profile,
    baseUrl: words.baseUrl,
    method: words.authentication,
    clientId: words.key,
    clientSecret: words.secret,
    accessToken: words.accessToken,
    tokenUrl: words.tokenUrl,
    passbackEnabled: words.allow,
    autoSync: words.auto,
    gatherSeconds: words.gather,
    useCustomIds: words.custom,
  };
  return labels[name] ?? moreWords().labels[name]?.[0] ?? name;
}
