/** The SIS settings of one domain, in the order in which an admin fills them in. */
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Effective, Settings, TestReport } from '../answers.ts';
import type { FieldError } from '../api.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { switchLook } from '../page-look.ts';
import { note, onOff } from '../parts.ts';
import type { SisProfile } from './admin-answers.ts';
import './connection-test.ts';
import type { Trial } from './connection-test.ts';
import { nameOf, type Console } from './console.ts';
import { draftOf, placeErrors, settingsOf, type Draft, type Field } from './draft.ts';
import './excluded-domains.ts';
import { formLook } from './form-look.ts';
import { moreNames } from './more-fields.ts';
import './more-settings.ts';
import type { MoreSettings } from './more-settings.ts';
import { kindOf, sisKind, type Kind } from './sis-kind.ts';

/** Set here, yet not in the group that follows. */
const KNOWN = new Set([...moreNames, 'profile']);

/** What was typed, and into which fields. */
export interface Typed {
  draft: Draft;
  touched: ReadonlySet<Field>;
}

export class SettingsForm extends LitElement {
  static override properties = {
    console: { attribute: false },
    typed: { attribute: false },
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
  };
  static override styles = [look, switchLook, formLook];
  console!: Console;
  /** what was typed before, to begin with */
  typed: Typed | null = null;
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
  #at: Partial<Record<string, string>> = {};

  get dirty(): boolean {
    return this.touched.size > 0;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('typed') && this.typed) ({ draft: this.draft, touched: this.touched } = this.typed);
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

  private tell(name: 'save' | 'test' | 'reload' | 'rebase', trial: Partial<Trial> = {}): void {
    const settings = settingsOf(this.own, this.draft, this.touched);
    this.dispatchEvent(new CustomEvent(name, { detail: { settings, ...trial } }));
  }

  override render() {
    const words = settingsWords();
    const { rest } = placeErrors(this.errors, this.draft, KNOWN);
    const kind = kindOf(this.own, this.effective, this.draft.more, this.profiles);
    const submit = (event: Event) => {
      event.preventDefault();
      if (!this.saving) this.tell('save');
    };
    return html`<form class="stack" novalidate autocomplete="off" @submit=${submit}>
      <section class="card stack" aria-labelledby="settings">
        <h2 id="settings">${words.heading}</h2>
        ${this.field('sisName', words.sisName, { hint: words.sisNameHint })}
        ${sisKind(kind, this.draft.baseUrl.trim() !== '', (name) => this.setMore('profile', name))}
        ${this.address(kind)} ${this.signIn()}
      </section>
      <connection-test
        .console=${this.console}
        .report=${this.report}
        @try=${(e: CustomEvent<Trial>) => this.tell('test', e.detail)}
        @use=${(e: CustomEvent<string>) => this.set('baseUrl', e.detail)}
      ></connection-test>
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
          .profile=${kind.profile}
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

  private address({ chosen, profile }: Kind) {
    const words = settingsWords();
    const above = this.own.baseUrl ? undefined : this.effective['baseUrl'];
    const name = above ? nameOf(this.console.domains, above.origin) : '';
    const example = chosen ? profile?.addresses[0] : undefined;
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
