/** The settings beyond the first ones, by group, each with what is in force where nothing is set here. */
import { LitElement, css, html, nothing } from 'lit';
import type { Effective, Settings } from '../answers.ts';
import { locale } from '../language.ts';
import { look } from '../look.ts';
import { moreWords } from '../messages/admin-more.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { english } from '../parts.ts';
import type { SisProfile } from './admin-answers.ts';
import { formLook } from './form-look.ts';
import { isEmpty, moreGroups, noneOf, typedOf, valueOf, type Group, type MoreField } from './more-fields.ts';

export class MoreSettings extends LitElement {
  static override properties = {
    own: { attribute: false },
    effective: { attribute: false },
    profile: { attribute: false },
    changed: { attribute: false },
    errors: { attribute: false },
    nameOf: { attribute: false },
    connected: { type: Boolean },
    below: { type: Boolean },
  };
  static override styles = [
    look,
    formLook,
    css`
      details {
        border-top: 1px solid var(--line);
      }
      summary {
        cursor: pointer;
        font-weight: 600;
        min-height: 2.75rem;
        padding-block: 0.625rem;
      }
      summary .quiet {
        font-weight: 400;
      }
      .fields {
        align-items: start;
        display: grid;
        gap: 1.25rem 1.5rem;
        grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
        padding-block: 0.5rem 1.25rem;
      }
      .field .choice {
        font-weight: 400;
      }
      .pair {
        display: grid;
        gap: 0.5rem;
        grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr));
      }
    `,
  ];
  own: Settings = {};
  effective: Effective = {};
  /** the kind of SIS as it is chosen now, perhaps not saved yet */
  profile: SisProfile | undefined;
  /** what was changed here and not saved; undefined: nothing is set here any more */
  changed: Record<string, unknown> = {};
  errors: Partial<Record<string, string>> = {};
  nameOf!: (domainId: string) => string;
  /** the domain has a connection of its own, or is about to */
  connected = false;
  /** there is a domain above to inherit from */
  below = false;

  override willUpdate(): void {
    // a complaint must be seen to be put right
    for (const details of this.renderRoot.querySelectorAll('details'))
      if (moreGroups[details.id as Group].some(({ name }) => this.errors[name])) details.open = true;
  }

  private set(name: string, value: unknown): void {
    this.dispatchEvent(new CustomEvent('change-setting', { detail: { name, value } }));
  }

  private ownValue(name: string): unknown {
    return name in this.changed ? this.changed[name] : this.own[name];
  }

  override render(): unknown {
    const words = moreWords();
    const groups = (Object.keys(moreGroups) as Group[]).filter((g) => g !== 'connection' || this.connected);
    return html`<p class="quiet small">${settingsWords().moreHint}</p>
      ${groups.map((group) => {
        const fields = moreGroups[group];
        const here = fields.filter(({ name }) => this.ownValue(name) !== undefined).length;
        return html`<details id=${group}>
          <summary>
            ${words.groups[group]}
            ${here > 0 ? html`<span class="quiet small"> – ${settingsWords().changedHere(here)}</span>` : nothing}
          </summary>
          <div class="fields">${fields.map((field) => this.field(field))}</div>
        </details>`;
      })}`;
  }

  private field(field: MoreField) {
    const { name, kind } = field;
    const [label, hint] = moreWords().labels[name] ?? [name];
    const error = this.errors[name];
    const about = this.inForce(field);
    const described = [hint ? `${name}-hint` : '', about ? `${name}-force` : '', error ? `${name}-error` : '']
      .filter(Boolean)
      .join(' ');
    const shared: Shared = { name, described: described || nothing, invalid: error ? 'true' : nothing };
    const inside =
      kind === 'hours'
        ? this.hours(label, shared)
        : kind === 'choice' || kind === 'yesNo' || kind === 'pull'
          ? this.choice(field, shared)
          : this.typing(field, shared);
    return html`<div class="field">
      ${kind === 'hours' ? html`<span class="name">${label}</span>` : html`<label for=${name}>${label}</label>`}
      ${hint ? html`<span class="quiet small" id=${`${name}-hint`}>${hint}</span>` : nothing} ${inside}
      ${about ? html`<span class="quiet small" id=${`${name}-force`}>${about}</span>` : nothing}
      ${this.noneHere(field, label)}
      ${error ? html`<span class="error" id=${`${name}-error`}>${english(error)}</span>` : nothing}
    </div>`;
  }

  /** An empty field inherits; that there is to be none here has to be said. */
  private noneHere(field: MoreField, label: string) {
    const none = noneOf(field);
    const own = this.ownValue(field.name);
    if (none === undefined || !isEmpty(own) || (own === undefined && !this.below)) return nothing;
    const words = moreWords();
    const choose = (e: Event) =>
      this.set(field.name, (e.target as HTMLInputElement).checked ? none : undefined);
    return html`<label class="choice small"
      ><input type="checkbox" .checked=${own !== undefined} @change=${choose} /><span
        >${none === null ? words.usualHere : words.noneHere}<span class="hidden"> – ${label}</span></span
      ></label
    >`;
  }

  private options({ name, kind }: MoreField): [value: string, label: string][] {
    const words = moreWords();
    if (kind === 'yesNo')
      return [
        ['true', words.yes],
        ['false', words.no],
      ];
    return Object.entries(words.choices[name] ?? {});
  }

  private choice(field: MoreField, a: Shared) {
    const words = moreWords();
    const { name, kind } = field;
    const own = this.ownValue(name);
    const now = own === null && kind === 'pull' ? 'off' : typedOf(kind, own);
    const pick = (e: Event) => {
      const value = valueOf(kind, (e.target as HTMLSelectElement).value);
      // of which schools classes are made is not asked for here, and stays
      const before = kind === 'pull' ? (this.own[name] as object | null | undefined) : null;
      this.set(name, value && before ? { ...before, ...value } : value);
    };
    return html`<select id=${name} aria-invalid=${a.invalid} aria-describedby=${a.described} @change=${pick}>
      <option value="" .selected=${now === ''}>${words.byDefault}</option>
      ${this.options(field).map(
        ([value, label]) => html`<option value=${value} .selected=${value === now}>${label}</option>`,
      )}
    </select>`;
  }

  private typing({ name, kind }: MoreField, a: Shared) {
    const value = typedOf(kind, this.ownValue(name));
    const long = kind === 'lines' || kind === 'pairs' || kind === 'secretPairs' || kind === 'longText';
    // while somebody types, what he types stays as it is; it is read when he goes on
    const typed = (e: Event) => this.set(name, valueOf(kind, (e.target as HTMLInputElement).value));
    return long
      ? html`<textarea
          id=${name}
          rows=${kind === 'longText' ? 6 : 3}
          spellcheck="false"
          .value=${value}
          aria-invalid=${a.invalid}
          aria-describedby=${a.described}
          @change=${typed}
        ></textarea>`
      : html`<input
          id=${name}
          type=${kind === 'day' ? 'date' : 'text'}
          inputmode=${kind === 'number' ? 'decimal' : 'text'}
          spellcheck="false"
          autocomplete="off"
          .value=${value}
          aria-invalid=${a.invalid}
          aria-describedby=${a.described}
          @change=${typed}
        />`;
  }

  private hours(label: string, a: Shared) {
    const words = moreWords();
    const now = (this.ownValue(a.name) ?? {}) as { from?: string; to?: string };
    const set = (part: 'from' | 'to') => (e: Event) => {
      const next = { ...now, [part]: (e.target as HTMLInputElement).value };
      this.set(a.name, next.from || next.to ? next : undefined);
    };
    const time = (part: 'from' | 'to', name: string) =>
      html`<label
        ><span class="small">${name}<span class="hidden"> – ${label}</span></span
        ><input
          type="time"
          .value=${now[part] ?? ''}
          aria-invalid=${a.invalid}
          aria-describedby=${a.described}
          @change=${set(part)}
      /></label>`;
    return html`<div class="pair">${time('from', words.from)} ${time('to', words.until)}</div>`;
  }

  /**
   * What holds where nothing is set here, and whose that is. What a domain above has set is stronger than the kind of
   * SIS; one that is chosen and not saved yet shows its own defaults already.
   */
  private inForce(field: MoreField): string | null {
    const words = moreWords();
    const { name, kind } = field;
    const own = this.ownValue(name);
    if (own != null || kind === 'secretPairs' || kind === 'longText') return null;
    const force = this.effective[name];
    const above = force && ['default', 'profile'].includes(force.origin) ? undefined : force;
    const ofProfile =
      this.profile && name in this.profile.settings
        ? { value: this.profile.settings[name], origin: 'profile' }
        : undefined;
    // what was set here and is about to go says nothing of what comes then
    const usual = this.own[name] == null ? force : undefined;
    const cleared =
      own === null && noneOf(field) !== undefined ? { value: null, origin: 'default' } : undefined;
    const holds = cleared
      ? (ofProfile ?? cleared)
      : ((this.own[name] == null ? above : undefined) ?? ofProfile ?? usual);
    if (!holds || (holds.origin === 'profile' && !ofProfile))
      return this.own[name] === undefined ? null : words.follows;
    const { value, origin } = holds;
    const typed = kind === 'pull' && value === null ? 'off' : typedOf(kind, value);
    const said =
      kind === 'hours' && value
        ? `${(value as { from: string }).from}–${(value as { to: string }).to}`
        : kind === 'number' && typeof value === 'number'
          ? new Intl.NumberFormat(locale()).format(value)
          : (this.options(field).find(([one]) => one === typed)?.[1] ?? typed.replaceAll('\n', ', '));
    return words.inForce(said || words.empty, words.origins[origin] ?? words.from_(this.nameOf(origin)));
  }
}
interface Shared {
  name: string;
  described: string | typeof nothing;
  invalid: string | typeof nothing;
}
customElements.define('more-settings', MoreSettings);
