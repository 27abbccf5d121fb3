/** The settings of one domain: read, tested as they are typed, saved; and what to do when two people change them. */
import { html, nothing, type PropertyDeclarations } from 'lit';
import { Problem, path, type FieldError } from '../api.ts';
import type { Effective, Items, Settings, TestReport } from '../answers.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import type { AuditEntry, SisProfile } from './admin-answers.ts';
import type { Trial } from './connection-test.ts';
import type { Console } from './console.ts';
import { onTop, since, type Typed } from './draft.ts';
import { explained } from './for-admin.ts';
import { onTopWords } from './save-bar.ts';
import { Screen } from './screen.ts';
import './settings-form.ts';
import type { SettingsForm } from './settings-form.ts';
import { leavesBehind, verdict } from './test-result.ts';

interface Loaded {
  own: Settings;
  etag: string | null;
  effective: Effective;
  profiles: SisProfile[];
  /** when somebody last entered a secret of the SIS; null: long ago */
  secretsBy: AuditEntry | null;
}
interface Asked extends Partial<Trial> {
  settings: Settings;
  typed: Typed;
}

/**
 * What was typed and not saved when somebody looked at another screen: it is there when he comes back, on top of what
 * was stored when he opened it, so that a change of somebody else meanwhile is still noticed.
 */
interface Left extends Typed {
  domainId: string;
  loaded: Loaded;
}
let left: Left | null = null;

export class SettingsScreen extends Screen {
  static override properties: PropertyDeclarations = {
    loaded: { state: true },
    formTrouble: { state: true },
    errors: { state: true },
    stale: { state: true },
    saving: { state: true },
    report: { state: true },
  };
  loaded: Loaded | undefined;
  formTrouble: unknown = null;
  errors: FieldError[] = [];
  stale = false;
  saving = false;
  report: TestReport | 'running' | null = null;

  #typed: Typed | null = null;
  #tests = 0;

  private get form(): SettingsForm | null {
    return this.renderRoot.querySelector<SettingsForm>('settings-form');
  }

  protected override async load(): Promise<() => void> {
    if (this.form?.dirty) return () => undefined;
    const typed = left?.domainId === this.console.domain.domainId ? left : null;
    const loaded = typed?.loaded ?? (await this.stored());
    return () => {
      [this.#typed, this.loaded] = [typed, loaded];
      left = null;
    };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const { form, loaded } = this;
    if (form?.dirty && loaded)
      left = { domainId: this.console.domain.domainId, loaded, draft: form.draft, touched: form.touched };
  }

  private async stored(): Promise<Loaded> {
    const { api, domain } = this.console;
    const where = path`domains/${domain.domainId}/settings`;
    const [own, effective, profiles, secretsBy] = await Promise.all([
      api.request<Settings>('GET', where),
      api.get<{ effective?: Effective }>(`${where}?effective=true`),
      // they are the release's own and stay as they are
      this.loaded?.profiles ??
        api.get<Items<SisProfile>>(path`domains/${domain.domainId}/sisProfiles`).then(({ items }) => items),
      // a remark beside the field, and no reason to refuse the whole form
      this.secretsEntered().catch(() => null),
    ]);
    return { own: own.value, etag: own.etag, effective: effective.effective ?? {}, profiles, secretsBy };
  }

  private async secretsEntered(): Promise<AuditEntry | null> {
    const { api, domain } = this.console;
    const puts = path`domains/${domain.domainId}/audit` + '?action=settings.put&limit=50';
    const { items } = await api.get<Items<AuditEntry>>(puts);
    const entered = ({ domainId, detail }: AuditEntry) =>
      domainId === domain.domainId &&
      ((detail['secretsEntered'] ?? []) as string[]).some((name) => name.startsWith('auth.'));
    return items.find(entered) ?? null;
  }

  private async save({ detail }: CustomEvent<Asked>): Promise<void> {
    const { api, domain } = this.console;
    this.saving = true;
    this.clearErrors();
    try {
      const before = this.loaded;
      const headers: Record<string, string> = before?.etag ? { 'if-match': before.etag } : {};
      const where = path`domains/${domain.domainId}/settings`;
      const { value: own, etag } = await api.request<Settings>('PUT', where, detail.settings, headers);
      // it is saved, whether or not all the rest can be read now
      const loaded = await this.stored().catch(() => (before ? { ...before, own, etag } : null));
      if (loaded) this.settle(detail, loaded);
      this.console.announce(settingsWords().saved);
      await this.console.refresh().catch(() => undefined);
    } catch (error) {
      this.refusedForm(error);
    }
    this.saving = false;
  }

  /** What was sent is no change any more (and its secrets are dropped); what was typed since still is one. */
  private settle({ typed: sent, settings: body }: Asked, loaded: Loaded): void {
    if (this.isConnected) {
      this.form?.stored(sent, body);
      this.loaded = loaded;
    } else if (left && left.loaded === this.loaded) {
      // somebody looks at another screen by now
      const rest = since(sent, left);
      const draft = onTop(rest, body, loaded.own, loaded.effective);
      left = rest.touched.size > 0 ? { ...left, loaded, draft, touched: rest.touched } : null;
      this.console.unsaved('settings', left !== null);
    }
  }

  private clearErrors(): void {
    this.errors = [];
    this.formTrouble = null;
    this.stale = false;
  }

  private refusedForm(error: unknown): void {
    const words = settingsWords();
    if (error instanceof Problem && error.status === 412) {
      this.stale = true;
      this.console.announce(words.stale);
      return;
    }
    if (error instanceof Problem) this.errors = error.errors;
    const { text, inEnglish, shown } =
      this.errors.length > 0
        ? { text: words.correct, inEnglish: false, shown: words.correct }
        : explained(this.console, error);
    this.formTrouble = shown;
    this.console.announce(text, inEnglish);
  }

  private async test({ detail }: CustomEvent<Asked>): Promise<void> {
    const { api, domain } = this.console;
    const test = ++this.#tests;
    this.report = 'running';
    this.clearErrors();
    this.console.announce(settingsWords().testing);
    try {
      const { settings, classId, writeProbe = false } = detail;
      const report = await api.post<TestReport>(path`domains/${domain.domainId}/settings/test`, {
        settings,
        ...(classId === undefined ? {} : { classId, writeProbe }),
      });
      if (test !== this.#tests) {
        // of other values than stand there now; but what it left in the SIS somebody must take away
        this.report = leavesBehind(report) ? report : null;
        return;
      }
      this.report = report;
      this.console.announce(verdict(report));
    } catch (error) {
      this.report = null;
      if (test === this.#tests) this.refusedForm(error);
    }
  }

  /** What the last test has said says nothing of what stands there now; one that is under way will not either. */
  private untested(): void {
    this.#tests++;
    // it goes on in the SIS, and a second one beside it would not help
    if (this.report === 'running' || (this.report && leavesBehind(this.report))) return;
    this.report = null;
  }

  /** After a 412: take over what is stored now; `keep` leaves what was typed on top of it. */
  private async takeOver(keep: boolean): Promise<void> {
    try {
      const loaded = await this.stored();
      const kept = keep ? this.form?.goesOnTop(loaded.own) : undefined;
      if (!keep) this.form?.discard();
      this.loaded = loaded;
      this.untested();
      this.clearErrors();
      this.form?.focusSave();
      this.console.announce(kept ? onTopWords(kept) : settingsWords().latest);
    } catch (error) {
      this.refusedForm(error);
    }
  }

  protected override content(): unknown {
    const { loaded } = this;
    if (!loaded) return nothing;
    return html`<settings-form
      .console=${this.console}
      .typed=${this.#typed}
      .own=${loaded.own}
      .effective=${loaded.effective}
      .profiles=${loaded.profiles}
      .secretsBy=${loaded.secretsBy}
      .errors=${this.errors}
      .trouble=${this.formTrouble}
      ?stale=${this.stale}
      ?saving=${this.saving}
      .report=${this.report}
      @untested=${() => this.untested()}
      @save=${(e: CustomEvent<Asked>) => this.save(e)}
      @test=${(e: CustomEvent<Asked>) => this.test(e)}
      @reload=${() => this.takeOver(false)}
      @rebase=${() => this.takeOver(true)}
    ></settings-form>`;
  }
}
customElements.define('settings-screen', SettingsScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<settings-screen .console=${console} .params=${params}></settings-screen>`;
