/** The SIS settings of one domain, in the order in which an admin fills them in. */
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Connection, Domain, Effective, Settings, TestReport } from '../answers.ts';
import type { FieldError } from '../api.ts';
import { look } from '../look.ts';
import { switchLook } from '../page-look.ts';
import { note, onOff } from '../parts.ts';
import { plural } from '../words.ts';
import { draftOf, placeErrors, settingsOf, type Draft, type Field } from './draft.ts';
import './excluded-domains.ts';
import { formLook } from './form-look.ts';
import { testResult } from './test-result.ts';

export interface ClassChoice {
  classId: string;
  title: string;
}

export class SettingsForm extends LitElement {
  static override properties = {
    domain: { attribute: false },
    own: { attribute: false },
    effective: { attribute: false },
    domains: { attribute: false },
    classes: { attribute: false },
    connection: { attribute: false },
    errors: { attribute: false },
    trouble: { attribute: false },
    stale: { type: Boolean },
    saving: { type: Boolean },
    report: { attribute: false },
    draft: { state: true },
    touched: { state: true },
  };
  static override styles = [look, switchLook, formLook];
  domain!: Domain;
  own: Settings = {};
  effective: Effective = {};
  domains: Domain[] = [];
  classes: ClassChoice[] = [];
  connection!: Connection;
  errors: FieldError[] = [];
  trouble: string | null = null;
  /** someone else saved since these settings were read */
  stale = false;
  saving = false;
  report: TestReport | 'running' | null = null;
  draft!: Draft;
  touched: ReadonlySet<Field> = new Set();
  #at: Partial<Record<Field, string>> = {};
  #testClass = '';

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
    this.#at = placeErrors(this.errors, this.draft).at;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('errors') && this.errors.length > 0) {
      this.renderRoot.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    }
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

  private tell(name: 'save' | 'test' | 'reload' | 'rebase'): void {
    const settings = settingsOf(this.own, this.draft, this.touched);
    this.dispatchEvent(
      new CustomEvent(name, { detail: { settings, classId: this.#testClass || undefined } }),
    );
  }

  override render() {
    const { rest } = placeErrors(this.errors, this.draft);
    const submit = (event: Event) => {
      event.preventDefault();
      if (!this.saving) this.tell('save');
    };
    return html`<form class="stack" novalidate autocomplete="off" @submit=${submit}>
      <section class="card stack" aria-labelledby="settings">
        <h2 id="settings">SIS settings</h2>
        ${this.field('sisName', 'SIS name', { hint: 'As teachers know it: “Sync grades to …”' })}
        ${this.address()} ${this.signIn()}
      </section>
      <section class="card stack" aria-labelledby="test">
        <div class="row apart">
          <h2 id="test">Test</h2>
          <button
            type="button"
            aria-disabled=${this.report === 'running' ? 'true' : nothing}
            @click=${() => this.report !== 'running' && this.tell('test')}
          >
            Test connection
          </button>
        </div>
        <p class="quiet small">
          Tests the values above as they stand, saved or not. Nothing is written to the SIS.
        </p>
        ${this.testClass()}
        <div>${testResult(this.report)}</div>
      </section>
      <section class="card stack" aria-labelledby="sending">
        <h2 id="sending">Sending</h2>
        ${this.switches()}
        <excluded-domains
          .domains=${this.domains}
          .root=${this.domain.domainId}
          .excluded=${this.draft.excludedDomainIds}
          @change-excluded=${(e: CustomEvent<string[]>) => this.set('excludedDomainIds', e.detail)}
        ></excluded-domains>
      </section>
      <div class="bar card">
        ${this.stale ? this.staleNote() : nothing}
        ${this.trouble === null ? nothing : note('bad', this.trouble)}
        ${rest.map((error) => note('bad', `${error.pointer}: ${error.detail}`))}
        <div class="row apart">
          <span class="quiet">${this.dirty ? 'There are unsaved changes.' : 'Everything is saved.'}</span>
          <span class="row">
            <button type="button" ?hidden=${!this.dirty} @click=${() => this.discard()}>Discard</button>
            <button class="primary" aria-disabled=${this.saving ? 'true' : nothing}>Save</button>
          </span>
        </div>
      </div>
    </form>`;
  }

  private staleNote() {
    return note(
      'warn',
      'Someone else changed these settings since you opened them. Nothing of yours was saved yet.',
      html`<span class="row">
        <button type="button" @click=${() => this.tell('reload')}>Show theirs</button>
        <button type="button" @click=${() => this.tell('rebase')}>Keep my changes on top</button>
      </span>`,
    );
  }

  private field(
    field: Exclude<Field, 'excludedDomainIds'>,
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
    const above = this.own.baseUrl ? undefined : this.effective['baseUrl'];
    return html`${above?.value ? note('plain', html`This domain uses the SIS connection of ${this.nameOf(above.origin)}: ${above.value}. Enter an address only if it has an SIS of its own.`) : nothing}
    ${this.field('baseUrl', 'API base URL', { hint: 'Usually ends in /ims/oneroster/gradebook/v1p2', type: 'url', mode: 'url', placeholder: 'https://' })}`;
  }

  private nameOf(domainId: string): string {
    return (
      this.domains.find((d) => d.domainId === domainId)?.name ??
      (domainId === this.domain.domainId ? this.domain.name : domainId)
    );
  }

  private signIn() {
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
    const kept =
      stored?.method === this.draft.method && set
        ? 'One is stored and never shown. Leave this empty to keep it.'
        : '';
    return html`<fieldset>
        <legend>Authentication</legend>
        <div class="row">
          ${choice('clientCredentials', 'Key and secret')}${choice('accessToken', 'Access token')}
        </div>
      </fieldset>
      ${
        this.draft.method === 'accessToken'
          ? this.field('accessToken', 'Access token', { type: 'password', hint: kept })
          : html`${this.field('clientId', 'Key')}
            ${this.field('clientSecret', 'Secret', { type: 'password', hint: kept })}
            ${this.field('tokenUrl', 'Token URL (optional)', { type: 'url', mode: 'url', hint: 'If empty, the usual places on the same server are tried.' })}
            ${this.field('scopes', 'Scopes (optional)', { rows: 3, hint: 'One per line. If empty, those of the OneRoster gradebook are asked for.' })}`
      }`;
  }

  private testClass() {
    if (this.classes.length === 0) return nothing;
    return html`<div class="field">
      <label for="testClass">Also look at one class (optional)</label>
      <select
        id="testClass"
        @change=${(e: Event) => (this.#testClass = (e.target as HTMLSelectElement).value)}
      >
        <option value="">No class</option>
        ${this.classes.map((c) => html`<option value=${c.classId}>${c.title}</option>`)}
      </select>
    </div>`;
  }

  private switches() {
    const line = (field: 'passbackEnabled' | 'autoSync' | 'useCustomIds', name: string, hint: unknown) => {
      const origin =
        this.own[field] == null && !this.touched.has(field) ? this.effective[field]?.origin : undefined;
      const inherited = origin && origin !== 'default' && origin !== this.domain.domainId;
      return html`<div class="switch-line">
        <div>
          <div class="name">${name}</div>
          <div class="quiet small">${hint}${inherited ? ` As in ${this.nameOf(origin)}.` : nothing}</div>
          ${this.#at[field] ? html`<span class="error">${this.#at[field]}</span>` : nothing}
        </div>
        ${onOff({ on: this.draft[field], name, toggle: (on) => this.set(field, on) })}
      </div>`;
    };
    const { rows } = this.connection.waiting;
    const turnsOff = this.touched.has('passbackEnabled') && !this.draft.passbackEnabled && rows > 0;
    return html`${line('passbackEnabled', 'Allow grades to be sent to the SIS', 'Off here holds for everything below.')}
    ${turnsOff ? note('warn', `${plural(rows, 'waiting grade')} stay and are sent when you switch it on again.`) : nothing}
    ${line('autoSync', 'Send new grades automatically', 'Off: grades go when a teacher presses “Sync grades to SIS”.')}
    ${this.field('gatherSeconds', 'Seconds to gather quick edits', { mode: 'numeric', hint: 'Edits of one score within this time become one request.' })}
    ${line('useCustomIds', 'Use custom data for passing grades back', 'The custom id of classes and students stands for their SIS id.')}`;
  }
}
customElements.define('settings-form', SettingsForm);
