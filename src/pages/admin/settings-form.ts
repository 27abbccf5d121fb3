/** The SIS settings of one domain, in the order in which an admin fills them in. */
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Effective, Settings, TestReport } from '../answers.ts';
import type { FieldError } from '../api.ts';
import { look } from '../look.ts';
import { moreWords } from '../messages/admin-more.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { switchLook } from '../page-look.ts';
import { english, note, onOff } from '../parts.ts';
import type { SisProfile } from './admin-answers.ts';
import './class-choice.ts';
import { nameOf, type Console } from './console.ts';
import { draftOf, placeErrors, settingsOf, type Draft, type Field } from './draft.ts';
import './excluded-domains.ts';
import { formLook } from './form-look.ts';
import { moreNames, typedOf } from './more-fields.ts';
import './more-settings.ts';
import type { MoreSettings } from './more-settings.ts';
import { testResult } from './test-result.ts';

/** Set here, yet not in the group that follows. */
const KNOWN = new Set([...moreNames, 'profile']);

export class SettingsForm extends LitElement {
  static override properties = {
    console: { attribute: false },
    own: { attribute: false },
    effective: { attribute: false },
    profiles: { attribute: false },
    errors: { attribute: false },
    trouble: { attribute: false },
    stale: { type: Boolean },
    saving: { type: Boolean },
    report: { attribute: false },
    draft: { state: true },
    touched: { state: true },
    testClass: { state: true },
    writes: { state: true },
  };
  static override styles = [look, switchLook, formLook];
  console!: Console;
  own: Settings = {};
  effective: Effective = {};
  profiles: SisProfile[] = [];
  errors: FieldError[] = [];
  trouble: string | null = null;
  /** someone else saved since these settings were read */
  stale = false;
  saving = false;
  report: TestReport | 'running' | null = null;
  draft!: Draft;
  touched: ReadonlySet<Field> = new Set();
  testClass = '';
  /** the test also writes into that class */
  writes = false;
  #at: Partial<Record<string, string>> = {};

  get dirty(): boolean {
    return this.touched.size > 0;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('own')) {
      // What was typed stays; what was not touched follows what is stored now.
      const fresh = draftOf(this.own, this.effective);
      const kept = [...this.touched].map((field) => [field, this.draft[field]]);
      this.draft = { ...fresh, ...(Object.fromEntries(kept) as Partial<Draft>) };
    }
    this.#at = placeErrors(this.errors, this.draft, KNOWN).at;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('errors') && this.errors.length > 0) {
      const more = this.renderRoot.querySelector<MoreSettings>('more-settings')?.renderRoot;
      const first = (root?: ParentNode) => root?.querySelector<HTMLElement>('[aria-invalid=true]');
      (first(this.renderRoot) ?? first(more))?.focus();
    }
    if (changed.has('touched'))
      this.dispatchEvent(new CustomEvent('typed', { detail: this.dirty, bubbles: true, composed: true }));
  }

  /** Drops what was typed. */
  discard(): void {
    this.touched = new Set();
    this.draft = draftOf(this.own, this.effective);
  }

  private set<F extends Field>(field: F, value: Draft[F]): void {
    this.draft = { ...this.draft, [field]: value };
    this.touched = new Set([...this.touched, field]);
  }

  private setMore(name: string, value: unknown): void {
    this.set('more', { ...this.draft.more, [name]: value });
  }

  private tell(name: 'save' | 'test' | 'reload' | 'rebase'): void {
    const settings = settingsOf(this.own, this.draft, this.touched);
    const classId = this.testClass || undefined;
    this.dispatchEvent(
      new CustomEvent(name, {
        detail: { settings, classId, writeProbe: this.writes && classId !== undefined },
      }),
    );
  }

  override render() {
    const words = settingsWords();
    const { rest } = placeErrors(this.errors, this.draft, KNOWN);
    const submit = (event: Event) => {
      event.preventDefault();
      if (!this.saving) this.tell('save');
    };
    return html`<form class="stack" novalidate autocomplete="off" @submit=${submit}>
      <section class="card stack" aria-labelledby="settings">
        <h2 id="settings">${words.heading}</h2>
        ${this.field('sisName', words.sisName, { hint: words.sisNameHint })} ${this.profile()}
        ${this.aboutProfile()} ${this.address()} ${this.signIn()}
      </section>
      ${this.testing()}
      <section class="card stack" aria-labelledby="sending">
        <h2 id="sending">${words.sending}</h2>
        ${this.switches()}
        <excluded-domains
          .domains=${this.console.domains}
          .root=${this.console.domain.domainId}
          .excluded=${this.draft.excludedDomainIds}
          @change-excluded=${(e: CustomEvent<string[]>) => this.set('excludedDomainIds', e.detail)}
        ></excluded-domains>
      </section>
      <section class="card stack" aria-labelledby="more">
        <h2 id="more">${words.more}</h2>
        <more-settings
          .own=${this.own}
          .effective=${this.effective}
          .profile=${this.sisProfile}
          .changed=${this.draft.more}
          .errors=${this.#at}
          .nameOf=${(id: string) => nameOf(this.console.domains, id)}
          ?connected=${this.draft.baseUrl.trim() !== ''}
          @change-setting=${(e: CustomEvent<{ name: string; value: unknown }>) => this.setMore(e.detail.name, e.detail.value)}
        ></more-settings>
      </section>
      <div class="bar card">
        ${this.stale ? this.staleNote() : nothing}
        ${this.trouble === null ? nothing : note('bad', this.trouble)}
        ${rest.map((error) => note('bad', html`<span lang="en">${error.pointer}: ${error.detail}</span>`))}
        <div class="row apart">
          <span class="quiet">${this.dirty ? words.unsaved : words.allSaved}</span>
          <span class="row">
            <button type="button" ?hidden=${!this.dirty} @click=${() => this.discard()}>
              ${words.discard}
            </button>
            <button class="primary" aria-disabled=${this.saving ? 'true' : nothing}>${words.save}</button>
          </span>
        </div>
      </div>
    </form>`;
  }

  private testing() {
    const words = settingsWords();
    const running = this.report === 'running';
    return html`<section class="card stack" aria-labelledby="test">
      <div class="row apart">
        <h2 id="test">${words.test}</h2>
        <button
          type="button"
          aria-disabled=${running ? 'true' : nothing}
          @click=${() => !running && this.tell('test')}
        >
          ${words.testConnection}
        </button>
      </div>
      <p class="quiet small">${this.writes && this.testClass ? words.testWrites : words.testHint}</p>
      <class-choice
        .console=${this.console}
        .name=${words.alsoClass}
        .none=${words.noClass}
        @choose=${(e: CustomEvent<string>) => (this.testClass = e.detail)}
      ></class-choice>
      ${
        this.testClass
          ? html`<label class="choice"
              ><input
                type="checkbox"
                .checked=${this.writes}
                @change=${(e: Event) => (this.writes = (e.target as HTMLInputElement).checked)}
              />${words.write}</label
            >`
          : nothing
      }
      <div>${testResult(this.report, (address) => this.set('baseUrl', address))}</div>
    </section>`;
  }

  private profile() {
    const words = settingsWords();
    const now = this.chosenProfile;
    const usual = words.profiles[this.inheritedProfile] ?? '';
    const pick = (e: Event) => this.setMore('profile', (e.target as HTMLSelectElement).value || undefined);
    return html`<div class="field">
      <label for="profile">${words.profile}</label>
      <span class="quiet small" id="profile-hint">${words.profileHint}</span>
      <select id="profile" aria-describedby="profile-hint" @change=${pick}>
        <option value="" ?selected=${now === ''}>
          ${now === '' ? moreWords().defaultIs(usual) : moreWords().byDefault}
        </option>
        ${Object.entries(words.profiles).map(
          ([name, title]) => html`<option value=${name} ?selected=${name === now}>${title}</option>`,
        )}
      </select>
    </div>`;
  }

  /** Set here, or about to be; '': what is above or usual. */
  private get chosenProfile(): string {
    const { more } = this.draft;
    const chosen = 'profile' in more ? more['profile'] : this.own['profile'];
    return typeof chosen === 'string' ? chosen : '';
  }
  private get inheritedProfile(): string {
    const force = this.effective['profile']?.value;
    // what is set here says nothing of what is above
    return typeof force === 'string' && this.own['profile'] == null ? force : 'spec';
  }
  private get sisProfile(): SisProfile | undefined {
    const name = this.chosenProfile || this.inheritedProfile;
    return this.profiles.find((profile) => profile.name === name);
  }

  /** What the product wants, and what no setting can change. */
  private aboutProfile() {
    const words = settingsWords();
    const profile = this.sisProfile;
    if (!profile) return nothing;
    const typed = String(typedOf('secretPairs', this.draft.more['extraHeaders'] ?? this.own['extraHeaders']));
    const missing = profile.requiredHeaders.filter(({ name }) => !typed.toLowerCase().includes(`${name}:`));
    return html`${missing.map(({ name, what }) => note('warn', html`${words.needsHeader(name)} ${english(what)}`))}
    ${
      profile.notes.length > 0
        ? html`<details>
            <summary>${words.goodToKnow(profile.title)}</summary>
            <ul lang="en">
              ${[profile.categories, ...profile.notes].map((one) => html`<li>${one}</li>`)}
            </ul>
          </details>`
        : nothing
    }`;
  }

  private staleNote() {
    const words = settingsWords();
    return note(
      'warn',
      words.stale,
      html`<span class="row">
        <button type="button" @click=${() => this.tell('reload')}>${words.showTheirs}</button>
        <button type="button" @click=${() => this.tell('rebase')}>${words.keepMine}</button>
      </span>`,
    );
  }

  private field(
    field: Exclude<Field, 'excludedDomainIds' | 'more'>,
    name: string,
    more: { hint?: unknown; type?: string; rows?: number; placeholder?: string; mode?: string } = {},
  ) {
    const { hint, type = 'text', rows, placeholder = '', mode = 'text' } = more;
    const error = this.#at[field];
    const described =
      [hint ? `${field}-hint` : '', error ? `${field}-error` : ''].filter(Boolean).join(' ') || nothing;
    const value = String(this.draft[field]);
    const typed = (e: Event) => this.set(field, (e.target as HTMLInputElement).value);
    const invalid = error ? 'true' : nothing;
    return html`<div class="field">
      <label for=${field}>${name}</label>
      ${hint ? html`<span class="quiet small" id=${`${field}-hint`}>${hint}</span>` : nothing}
      ${
        rows
          ? html`<textarea
              id=${field}
              rows=${rows}
              spellcheck="false"
              .value=${value}
              aria-invalid=${invalid}
              aria-describedby=${described}
              @input=${typed}
            ></textarea>`
          : html`<input
              id=${field}
              type=${type}
              inputmode=${mode}
              spellcheck="false"
              autocomplete=${type === 'password' ? 'new-password' : 'off'}
              placeholder=${placeholder}
              .value=${value}
              aria-invalid=${invalid}
              aria-describedby=${described}
              @input=${typed}
            />`
      }
      ${error ? html`<span class="error" id=${`${field}-error`}>${error}</span>` : nothing}
    </div>`;
  }

  private address() {
    const words = settingsWords();
    const above = this.own.baseUrl ? undefined : this.effective['baseUrl'];
    const name = above ? nameOf(this.console.domains, above.origin) : '';
    const example = this.chosenProfile && this.sisProfile?.addresses[0];
    const moved = this.touched.has('baseUrl') && this.own.baseUrl != null;
    return html`${typeof above?.value === 'string' ? note('plain', words.inherited(name, above.value)) : nothing}
    ${this.field('baseUrl', words.baseUrl, { hint: example ? words.example(example) : words.baseUrlHint, type: 'url', mode: 'url', placeholder: 'https://' })}
    ${moved ? note('plain', words.secretAgain) : nothing}`;
  }

  private signIn() {
    const words = settingsWords();
    const choice = (method: Draft['method'], name: string) =>
      html`<label class="choice">
        <input
          type="radio"
          name="method"
          .checked=${this.draft.method === method}
          @change=${() => this.set('method', method)}
        />${name}
      </label>`;
    const stored = this.own.auth;
    const set = stored?.method === 'clientCredentials' ? stored.clientSecretSet : stored?.accessTokenSet;
    const kept = stored?.method === this.draft.method && set ? words.stored : '';
    return html`<fieldset>
        <legend>${words.authentication}</legend>
        <div class="row">
          ${choice('clientCredentials', words.keyAndSecret)}${choice('accessToken', words.accessToken)}
        </div>
      </fieldset>
      ${
        this.draft.method === 'accessToken'
          ? this.field('accessToken', words.accessToken, { type: 'password', hint: kept })
          : html`${this.field('clientId', words.key)}
            ${this.field('clientSecret', words.secret, { type: 'password', hint: kept })}
            ${this.field('tokenUrl', words.tokenUrl, { type: 'url', mode: 'url', hint: words.tokenUrlHint })}
            ${this.field('scopes', words.scopes, { rows: 3, hint: words.scopesHint })}`
      }`;
  }

  private switches() {
    const words = settingsWords();
    const { domain, domains, connection } = this.console;
    const line = (field: 'passbackEnabled' | 'autoSync' | 'useCustomIds', name: string, hint: unknown) => {
      const origin =
        this.own[field] == null && !this.touched.has(field) ? this.effective[field]?.origin : undefined;
      const inherited = origin && origin !== domain.domainId && domains.some((d) => d.domainId === origin);
      return html`<div class="switch-line">
        <div>
          <div class="name">${name}</div>
          <div class="quiet small">${hint} ${inherited ? words.asIn(nameOf(domains, origin)) : nothing}</div>
          ${this.#at[field] ? html`<span class="error">${this.#at[field]}</span>` : nothing}
        </div>
        ${onOff({ on: this.draft[field], name, toggle: (on) => this.set(field, on) })}
      </div>`;
    };
    const { rows } = connection.waiting;
    const turnsOff = this.touched.has('passbackEnabled') && !this.draft.passbackEnabled && rows > 0;
    return html`${line('passbackEnabled', words.allow, words.allowHint)}
    ${turnsOff ? note('warn', words.turnsOff(rows)) : nothing} ${line('autoSync', words.auto, words.autoHint)}
    ${this.field('gatherSeconds', words.gather, { mode: 'numeric', hint: words.gatherHint })}
    ${line('useCustomIds', words.custom, words.customHint)}`;
  }
}
customElements.define('settings-form', SettingsForm);
