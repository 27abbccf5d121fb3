/** The way of the first hour, until grades may be sent: connect, test, try one class, see what goes, allow. */
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { Connection, Reason, Settings, TestReport } from '../answers.ts';
import { icon } from '../icons.ts';
import { look } from '../look.ts';
import { overviewWords } from '../messages/admin-overview.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { messageOf, note } from '../parts.ts';
import type { Overview, Plan } from './admin-answers.ts';
import './class-choice.ts';
import { to, type Console } from './console.ts';
import { formLook } from './form-look.ts';
import { explained, fixForAdmin } from './for-admin.ts';
import { screenLook } from './screen-look.ts';
import { testResult, verdict } from './test-result.ts';

type Step = 'connect' | 'test' | 'try' | 'see' | 'allow';

export class FirstHour extends LitElement {
  static override properties = {
    console: { attribute: false },
    overview: { attribute: false },
    classId: { state: true },
    tested: { state: true },
    tried: { state: true },
    busy: { state: true },
    trouble: { state: true },
    autoSync: { state: true },
  };
  static override styles = [look, formLook, screenLook];
  console!: Console;
  overview!: Overview;
  classId = '';
  tried: { report: TestReport; plan: Plan } | null = null;
  tested: TestReport | null = null;
  busy: 'test' | 'try' | 'allow' | null = null;
  trouble: unknown = null;
  autoSync = false;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('overview') && !this.done('allow')) void this.readAutomatic();
  }

  private async readAutomatic(): Promise<void> {
    const where = path`domains/${this.console.domain.domainId}/settings`;
    const { effective } = await this.console.api
      .get<{ effective?: Record<string, { value: unknown }> }>(`${where}?effective=true`)
      .catch(() => ({ effective: undefined }));
    this.autoSync = effective?.['autoSync']?.value === true;
  }

  private done(step: Step): boolean {
    const { connection } = this.console;
    const connected = connection.ownedBy !== null;
    switch (step) {
      case 'connect':
        return connected;
      case 'test':
        return (
          connected &&
          // what was found out a moment ago counts, also where it is not kept: the connection is a district's
          (this.tested?.ok ??
            (connection.capabilities?.readCategories === true || connection.lastSuccessAt !== null))
        );
      case 'try':
      case 'see':
        return this.tried?.report.ok === true;
      case 'allow':
        // a pause or a broken connection come after it was allowed
        return connected && connection.state !== 'off';
    }
  }

  private async attempt(
    what: NonNullable<FirstHour['busy']>,
    work: () => Promise<string | null>,
  ): Promise<void> {
    if (this.busy) return;
    this.busy = what;
    this.trouble = null;
    try {
      const said = await work();
      if (said) this.console.announce(said);
    } catch (error) {
      const { text, inEnglish, shown } = explained(this.console, error);
      this.trouble = shown;
      this.console.announce(text, inEnglish);
    }
    this.busy = null;
  }

  private test = () =>
    this.attempt('test', async () => {
      const { api, domain } = this.console;
      this.tested = await api.post<TestReport>(path`domains/${domain.domainId}/settings/test`);
      await this.console.refresh();
      return verdict(this.tested);
    });

  private tryClass = () =>
    this.attempt('try', async () => {
      const { classId } = this;
      const { api, domain } = this.console;
      const [report, plan] = await Promise.all([
        api.post<TestReport>(path`domains/${domain.domainId}/settings/test`, { classId }),
        api.get<Plan>(path`classes/${classId}/plan`),
      ]);
      // another one may have been chosen meanwhile
      if (classId === this.classId) this.tried = { report, plan };
      await this.console.refresh();
      return null;
    });

  private allow = () =>
    this.attempt('allow', async () => {
      const { api, domain } = this.console;
      const where = path`domains/${domain.domainId}/settings`;
      const { value, etag } = await api.request<Settings>('GET', where);
      await api.request('PUT', where, { ...value, passbackEnabled: true }, etag ? { 'if-match': etag } : {});
      const { state } = await api.get<Connection>(path`domains/${domain.domainId}/connection`);
      await this.console.refresh();
      // off anywhere above wins
      const words = overviewWords();
      this.trouble = state === 'off' ? words.offAbove : null;
      return state === 'off' ? words.offAbove : words.allowed;
    });

  override render(): unknown {
    // an empty box would leave its gap
    this.hidden = this.done('allow');
    if (this.hidden) return nothing;
    const words = overviewWords();
    const steps: [Step, unknown][] = [
      ['connect', this.settings(words.connectHow)],
      ['test', this.testing()],
      ['try', this.trying()],
      ['see', this.seeing()],
      ['allow', this.allowing()],
    ];
    const next = steps.find(([step]) => !this.done(step))?.[0];
    return html`<section class="card stack" aria-labelledby="first">
      <div class="row apart">
        <h2 id="first">${words.firstHour}</h2>
        <span class="quiet small"
          >${words.stepsDone(steps.filter(([s]) => this.done(s)).length, steps.length)}</span
        >
      </div>
      ${this.trouble === null ? nothing : note('bad', this.trouble)}
      <ol class="plain lines">
        ${steps.map(
          ([step, what], i) =>
            html`<li class="stack">
              <div class="row">
                <span class="pill ${this.done(step) ? 'good' : 'plain'}"
                  >${icon(this.done(step) ? 'good' : 'plain')}<span
                    >${this.done(step) ? words.done : words.todo}</span
                  ></span
                >
                <h3>${i + 1}. ${words.steps[step]}</h3>
              </div>
              ${step === next || ((step === 'see' || step === 'try') && this.tried) ? what : nothing}
            </li>`,
        )}
      </ol>
    </section>`;
  }

  private settings(how: string) {
    return html`<p>${how}</p>
      <p><a href=${to('settings')}>${overviewWords().toSettings}</a></p>`;
  }

  private testing() {
    return html`<p>${overviewWords().testHow}</p>
      <p class="row">
        <button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => void this.test()}>
          ${settingsWords().testConnection}
        </button>
        <a href=${to('settings')}>${overviewWords().toSettings}</a>
      </p>
      ${this.busy === 'test' ? testResult('running') : testResult(this.tested)}`;
  }

  private trying() {
    const words = overviewWords();
    if (this.overview.classes.all === 0)
      return html`<p>${words.noClasses}</p>
        <p><a href=${to('keys')}>${words.toKeys}</a></p>`;
    const press = () => this.classId !== '' && void this.tryClass();
    return html`<p>${words.tryHow}</p>
      <class-choice
        .console=${this.console}
        .name=${words.tryClass}
        .none=${words.chooseClass}
        @choose=${(e: CustomEvent<string>) => {
          this.classId = e.detail;
          this.tried = null;
        }}
      ></class-choice>
      <p>
        <button aria-disabled=${this.classId === '' || this.busy ? 'true' : nothing} @click=${press}>
          ${words.tryIt}
        </button>
      </p>
      ${this.busy === 'try' ? testResult('running') : testResult(this.tried?.report ?? null)}`;
  }

  private seeing() {
    const words = overviewWords();
    const { tried } = this;
    if (!tried) return nothing;
    const { byKind, entries } = tried.plan;
    const sends = (kind: 'lineItems' | 'results') =>
      (byKind[kind]['create'] ?? 0) + (byKind[kind]['update'] ?? 0);
    const blocked = entries.filter(({ action, reason }) => action === 'blocked' && reason);
    const causes = new Map<string, { reason: Reason; n: number }>();
    for (const { reason } of blocked)
      if (reason) causes.set(reason.code, { reason, n: (causes.get(reason.code)?.n ?? 0) + 1 });
    return html`<p><strong>${words.wouldSend(sends('lineItems'), sends('results'))}</strong></p>
      ${
        blocked.length === 0
          ? html`<p class="quiet">${words.wouldAll}</p>`
          : html`<p>${words.wouldNot(blocked.length)}</p>
              <ul>
                ${[...causes.values()].map(
                  ({ reason, n }) =>
                    html`<li>
                      ${n} – ${messageOf(reason)} <span class="quiet">${fixForAdmin(reason)}</span>
                    </li>`,
                )}
              </ul>`
      }
      <p>
        ${words.linked(this.overview.classes.linked, this.overview.classes.all)}
        ${this.overview.classes.linked < this.overview.classes.all ? words.unlinked : nothing}
      </p>
      <p>
        ${words.waitsNow(this.console.connection.waiting.rows)}
        ${this.autoSync ? words.automatic : words.byHand}
      </p>`;
  }

  private allowing() {
    return html`<p>
      <button class="primary" aria-disabled=${this.busy ? 'true' : nothing} @click=${() => void this.allow()}>
        ${overviewWords().allow}
      </button>
    </p>`;
  }
}
customElements.define('first-hour', FirstHour);
