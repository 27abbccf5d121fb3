/** The admin's page: enter the SIS once, test it, see that it works. */
import { html, nothing } from 'lit';
import { Problem, path, type FieldError } from '../api.ts';
import type { Connection, Domain, Effective, Settings, TestReport } from '../answers.ts';
import { look } from '../look.ts';
import { pageLook } from '../page-look.ts';
import { note } from '../parts.ts';
import { SessionPage, type SignIn } from '../session.ts';
import './connection-card.ts';
import './settings-form.ts';
import type { ClassChoice, SettingsForm } from './settings-form.ts';
import { verdict } from './test-result.ts';

const REFRESH_MS = 10_000;

interface Loaded {
  domain: Domain;
  own: Settings;
  etag: string | null;
  effective: Effective;
  domains: Domain[];
  classes: ClassChoice[];
}
type Asked = CustomEvent<{ settings: Settings; classId: string | undefined }>;

export class AdminPage extends SessionPage {
  static override properties = {
    loaded: { state: true },
    connection: { state: true },
    trouble: { state: true },
    formTrouble: { state: true },
    errors: { state: true },
    stale: { state: true },
    saving: { state: true },
    saved: { state: true },
    pausing: { state: true },
    report: { state: true },
  };
  static override styles = [look, pageLook];
  loaded: Loaded | null = null;
  connection: Connection | null = null;
  trouble: string | null = null;
  formTrouble: string | null = null;
  errors: FieldError[] = [];
  stale = false;
  saving = false;
  saved = false;
  pausing = false;
  report: TestReport | 'running' | null = null;
  #domainId = '';
  protected override readonly sessions = true;

  protected override async opened(signIn: SignIn): Promise<void> {
    this.#domainId = this.target.get('domain') ?? signIn.domainId;
    addEventListener('beforeunload', (event) => {
      if (this.form?.dirty) event.preventDefault();
    });
    await this.load();
    this.#refreshLater();
  }

  private get form(): SettingsForm | null {
    return this.renderRoot.querySelector<SettingsForm>('settings-form');
  }

  async load(): Promise<void> {
    this.trouble = null;
    try {
      const where = path`domains/${this.#domainId}`;
      const [domain, domains, classes, settings, connection] = await Promise.all([
        this.api.get<Domain>(where),
        this.api.all<Domain>('domains'),
        this.api.all<ClassChoice>(`classes?domainId=${encodeURIComponent(this.#domainId)}`),
        this.readSettings(),
        this.api.get<Connection>(`${where}/connection`),
      ]);
      this.loaded = { domain, domains, classes, ...settings };
      this.connection = connection;
      document.title = `SIS settings – ${domain.name}`;
    } catch (error) {
      this.trouble = this.explain(error);
      this.announce(this.trouble);
    }
  }

  private async readSettings(): Promise<Pick<Loaded, 'own' | 'etag' | 'effective'>> {
    const where = path`domains/${this.#domainId}/settings`;
    const [own, effective] = await Promise.all([
      this.api.request<Settings>('GET', where),
      this.api.get<{ effective?: Effective }>(`${where}?effective=true`),
    ]);
    return { own: own.value, etag: own.etag, effective: effective.effective ?? {} };
  }

  #refreshLater(): void {
    setTimeout(() => {
      const look = document.visibilityState === 'visible' && this.ending !== 'ended' && this.isConnected;
      void (look ? this.readConnection().catch(() => undefined) : Promise.resolve()).then(() =>
        this.#refreshLater(),
      );
    }, REFRESH_MS);
  }

  private async readConnection(): Promise<void> {
    this.connection = await this.api.get<Connection>(path`domains/${this.#domainId}/connection`);
  }

  private async save({ detail }: Asked): Promise<void> {
    if (!this.loaded) return;
    this.saving = true;
    this.saved = false;
    this.clearErrors();
    try {
      const headers: Record<string, string> = this.loaded.etag ? { 'if-match': this.loaded.etag } : {};
      await this.api.request('PUT', path`domains/${this.#domainId}/settings`, detail.settings, headers);
      // First nothing is "touched" any more, so that the form takes over what is stored now (and drops the secrets).
      const stored = await this.readSettings();
      this.form?.discard();
      this.loaded = { ...this.loaded, ...stored };
      this.saved = true;
      this.announce('Settings saved.');
      await this.readConnection();
    } catch (error) {
      this.refused(error);
    }
    this.saving = false;
  }

  private clearErrors(): void {
    this.errors = [];
    this.formTrouble = null;
    this.stale = false;
  }

  private refused(error: unknown): void {
    if (error instanceof Problem && error.status === 412) {
      this.stale = true;
      this.announce('Someone else changed these settings since you opened them.');
      return;
    }
    if (error instanceof Problem) this.errors = error.errors;
    this.formTrouble = this.errors.length > 0 ? 'Some fields need a correction.' : this.explain(error);
    this.announce(this.formTrouble);
  }

  private async test({ detail }: Asked): Promise<void> {
    this.report = 'running';
    this.clearErrors();
    this.announce('Testing the connection.');
    try {
      const where = path`domains/${this.#domainId}/settings/test`;
      const { settings, classId } = detail;
      this.report = await this.api.post<TestReport>(where, {
        settings,
        ...(classId === undefined ? {} : { classId }),
      });
      this.announce(verdict(this.report));
    } catch (error) {
      this.report = null;
      this.refused(error);
    }
  }

  /** After a 412: take over what is stored now; `keep` leaves what was typed on top of it. */
  private async takeOver(keep: boolean): Promise<void> {
    if (!this.loaded) return;
    try {
      const stored = await this.readSettings();
      if (!keep) this.form?.discard();
      this.loaded = { ...this.loaded, ...stored };
      this.clearErrors();
      this.announce(
        keep ? 'Your changes are on top of theirs now. Save to keep them.' : 'These are the latest settings.',
      );
    } catch (error) {
      this.refused(error);
    }
  }

  private async brake(what: 'pause' | 'resume'): Promise<void> {
    this.pausing = true;
    try {
      await this.api.post(path`domains/${this.#domainId}` + `/${what}`);
      await this.readConnection();
      this.announce(what === 'pause' ? 'Sending is paused.' : 'Sending goes on.');
      this.trouble = null;
    } catch (error) {
      this.trouble = this.explain(error);
      this.announce(this.trouble);
    }
    this.pausing = false;
  }

  protected override content(): unknown {
    const { loaded, connection } = this;
    if (!loaded || !connection) {
      return html`<section class="card stack" aria-busy=${this.trouble === null ? 'true' : 'false'}>
        <h1>SIS settings</h1>
        ${
          this.trouble === null
            ? html`<p class="quiet">Loading…</p>`
            : [
                note('bad', this.trouble),
                html`<p><button class="primary" @click=${() => this.load()}>Try again</button></p>`,
              ]
        }
      </section>`;
    }
    return html`<header>
        <h1>Grade passback</h1>
        <p class="quiet">${loaded.domain.name}</p>
        ${this.signOutButton()}
      </header>
      ${this.trouble === null ? nothing : note('bad', this.trouble)}
      <connection-card
        .connection=${connection}
        ?busy=${this.pausing}
        @pause=${() => this.brake('pause')}
        @resume=${() => this.brake('resume')}
      ></connection-card>
      <settings-form
        .domain=${loaded.domain}
        .own=${loaded.own}
        .effective=${loaded.effective}
        .domains=${loaded.domains}
        .classes=${loaded.classes}
        .connection=${connection}
        .errors=${this.errors}
        .trouble=${this.formTrouble}
        ?stale=${this.stale}
        ?saving=${this.saving}
        .report=${this.report}
        @save=${(e: Asked) => this.save(e)}
        @test=${(e: Asked) => this.test(e)}
        @reload=${() => this.takeOver(false)}
        @rebase=${() => this.takeOver(true)}
      ></settings-form>`;
  }
}
customElements.define('admin-page', AdminPage);
