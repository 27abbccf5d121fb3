/** The SIS settings of one domain, in the order in which an admin fills them in. */
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Effective, Settings, TestReport } from '../answers.ts';
import type { FieldError } from '../api.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { switchLook } from '../page-look.ts';
import { note } from '../parts.ts';
import { when } from '../words.ts';
import type { AuditEntry, SisProfile } from './admin-answers.ts';
import './connection-test.ts';
import type { Trial } from './connection-test.ts';
import { nameOf, type Console } from './console.ts';
import {
  clashes,
  connectionFields,
  draftOf,
  onTop,
  placeErrors,
  settingsOf,
  since,
  type Draft,
  type Field,
  withoutMisplaced,
  type Typed,
} from './draft.ts';
import './excluded-domains.ts';
import { formLook } from './form-look.ts';
import { moreGroups, moreNames } from './more-fields.ts';
import './more-settings.ts';
import type { MoreSettings } from './more-settings.ts';
import { saveBar, type OnTop } from './save-bar.ts';
import { sendingSwitches } from './sending-switches.ts';
import { kindOf, sisKind, type Kind } from './sis-kind.ts';
import { textField, type TextField } from './text-field.ts';

/** Set here, yet not in the group that follows. */
const KNOWN = new Set([...moreNames, 'profile']);

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
    secretsBy: { attribute: false },
    draft: { state: true },
    touched: { state: true },
    onTop: { state: true },
  };
  static override styles = [look, switchLook, formLook];
  console!: Console;
  /** what was typed before, to begin with */
  typed: Typed | null = null;
  own: Settings = {};
  effective: Effective = {};
  profiles: SisProfile[] = [];
  errors: FieldError[] = [];
  trouble: unknown = null;
  /** someone else saved since these settings were read */
  stale = false;
  saving = false;
  report: TestReport | 'running' | null = null;
  /** who entered the stored secret, and when */
  secretsBy: AuditEntry | null = null;
  draft!: Draft;
  touched: ReadonlySet<Field> = new Set();
  /** what was typed lies on top of what somebody else has saved meanwhile */
  onTop: OnTop | null = null;
  /** what was typed into */
  #base: Settings | null = null;
  #at: Partial<Record<string, string>> = {};

  get dirty(): boolean {
    return this.touched.size > 0;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('typed') && this.typed) ({ draft: this.draft, touched: this.touched } = this.typed);
    if (changed.has('own')) {
      this.draft = onTop(this, this.#base ?? this.own, this.own, this.effective);
      this.#base = this.own;
    }
    this.#at = placeErrors(this.errors, this.draft, KNOWN).at;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('errors') && this.errors.length > 0) {
      const more = this.renderRoot.querySelector<MoreSettings>('more-settings')?.renderRoot;
      const first = (root?: ParentNode) => root?.querySelector<HTMLElement>('[aria-invalid=true]');
      (first(this.renderRoot) ?? first(more))?.focus();
    }
    if (changed.has('touched')) this.console.unsaved('settings', this.dirty);
  }

  /** Drops what was typed. */
  discard(): void {
    this.touched = new Set();
    this.draft = draftOf(this.own, this.effective);
    this.onTop = null;
    this.untested();
  }

  /** What the test has said, it has said of other values. */
  private untested(): void {
    this.dispatchEvent(new CustomEvent('untested'));
  }

  /** The button that had the focus is gone: it goes on where one saves. */
  focusSave(): void {
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('.bar button.primary')?.focus(),
    );
  }

  /** `sent` is stored, as `body`: what was typed since goes on being typed, into that. */
  stored(sent: Typed, body: Settings): void {
    ({ draft: this.draft, touched: this.touched } = since(sent, this));
    this.#base = body;
    this.onTop = null;
  }

  /** Somebody else has saved `theirs`: it is read next, and what was typed goes on top of it. */
  goesOnTop(theirs: Settings): OnTop {
    const { typed, dropped } = withoutMisplaced(this, theirs);
    ({ draft: this.draft, touched: this.touched } = typed);
    this.onTop = { clashing: clashes(this, this.#base ?? this.own, theirs), dropped };
    return this.onTop;
  }

  private set<F extends Field>(field: F, value: Draft[F]): void {
    this.draft = { ...this.draft, [field]: value };
    this.touched = new Set([...this.touched, field]);
    if (connectionFields.has(field)) this.untested();
  }

  private setMore(name: string, value: unknown): void {
    this.set('more', { ...this.draft.more, [name]: value });
    if (name === 'profile' || moreGroups.connection.some((field) => field.name === name)) this.untested();
  }

  /** An address that the test has found: with the test's report the button is gone. */
  private useAddress(address: string): void {
    this.set('baseUrl', address);
    this.renderRoot.querySelector<HTMLElement>('#baseUrl')?.focus();
  }

  private tell(name: 'save' | 'test' | 'reload' | 'rebase', trial: Partial<Trial> = {}): void {
    const { draft, touched } = this;
    const settings = settingsOf(this.own, draft, touched);
    this.dispatchEvent(new CustomEvent(name, { detail: { settings, typed: { draft, touched }, ...trial } }));
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
        @use=${(e: CustomEvent<string>) => this.useAddress(e.detail)}
        @untested=${() => this.untested()}
      ></connection-test>
      <section class="card stack" aria-labelledby="sending">
        <h2 id="sending">${words.sending}</h2>
        ${sendingSwitches(
          {
            ...{ console: this.console, own: this.own, effective: this.effective },
            ...{ draft: this.draft, touched: this.touched, at: this.#at },
            set: (field, on) => this.set(field, on),
          },
          this.field('gatherSeconds', words.gather, { mode: 'numeric', hint: words.gatherHint }),
        )}
        <excluded-domains
          .domains=${this.console.domains}
          .root=${this.console.domain.domainId}
          .excluded=${this.draft.excludedDomainIds}
          .excludedAbove=${this.excludedAbove()}
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
          ?below=${this.console.domain.parentId !== null}
          @change-setting=${(e: CustomEvent<{ name: string; value: unknown }>) => this.setMore(e.detail.name, e.detail.value)}
        ></more-settings>
      </section>
      ${saveBar({
        ...{ dirty: this.dirty, saving: this.saving, stale: this.stale, trouble: this.trouble, rest },
        onTop: this.onTop,
        press: (what) => {
          if (what !== 'discard') return this.tell(what);
          this.discard();
          this.focusSave();
        },
      })}
    </form>`;
  }

  private field(
    field: Exclude<Field, 'excludedDomainIds' | 'more'>,
    name: string,
    look: Omit<TextField, 'id' | 'name' | 'value' | 'error' | 'typed'> = {},
  ) {
    return textField({
      ...{ id: field, name, value: String(this.draft[field]), error: this.#at[field] },
      typed: (value) => this.set(field, value),
      ...look,
    });
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
    const by = this.secretsBy;
    const kept =
      stored?.method === this.draft.method && set
        ? `${words.stored} ${by ? words.enteredBy(by.actor, when(by.at)) : ''}`
        : '';
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

  /** What is in force and not of here is of a domain above. */
  private excludedAbove(): ReadonlySet<string> {
    const inForce = (this.effective['excludedDomainIds']?.value ?? []) as string[];
    const own = new Set(this.own.excludedDomainIds);
    return new Set(inForce.filter((id) => !own.has(id)));
  }
}
customElements.define('settings-form', SettingsForm);
