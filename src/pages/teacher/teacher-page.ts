/** The teacher's page: is everything in the SIS, what is not and why, and the button that makes it so. */
import { css, html, nothing } from 'lit';
import { Problem, path } from '../api.ts';
import type { Cell, Overrides, Sync } from '../answers.ts';
import { look } from '../look.ts';
import { pageLook } from '../page-look.ts';
import { note } from '../parts.ts';
import { SessionPage, type SignIn } from '../session.ts';
import { refusalWords, syncSentence, type Tone } from '../words.ts';
import './assignment-page.ts';
import type { AssignmentTable } from './assignment-table.ts';
import './assignment-table.ts';
import './attention-list.ts';
import {
  readChanging,
  readClass,
  scoresInSis,
  studentName,
  type Assignment,
  type ClassData,
} from './class-data.ts';
import { headerLook, syncHeader, type Remark } from './sync-header.ts';
import { SyncRun } from './sync-run.ts';

const REFRESH_MS = 15_000;

export class TeacherPage extends SessionPage {
  static override properties = {
    data: { state: true },
    trouble: { state: true },
    result: { state: true },
    openId: { state: true },
    cells: { state: true },
    sending: { state: true },
    saving: { state: true },
  };
  static override styles = [
    look,
    pageLook,
    headerLook,
    css`
      .skeleton {
        background: var(--sunken);
        border-radius: 8px;
        height: 3rem;
      }
    `,
  ];
  data: ClassData | null = null;
  /** why something that was asked for did not happen */
  trouble: Remark | null = null;
  result: Remark | null = null;
  openId: string | null = null;
  cells: Cell[] | null = null;
  sending: ReadonlySet<string> = new Set();
  saving: ReadonlySet<string> = new Set();
  run = new SyncRun(this);
  #classId = '';
  #returnTo: string | null = null;

  protected override async opened(signIn: SignIn): Promise<void> {
    this.#classId = this.target.get('class') ?? signIn.classIds?.[0] ?? '';
    addEventListener('popstate', () =>
      this.#showAssignment(new URLSearchParams(location.hash.slice(1)).get('assignment')),
    );
    await this.load();
    this.#refreshLater();
  }

  get sis(): string {
    return this.signIn?.sisName ?? 'the SIS';
  }

  async load(): Promise<void> {
    this.trouble = null;
    await this.attempt(async () => {
      this.data = await readClass(this.api, this.#classId);
      document.title = `Sync grades – ${this.data.schoolClass.title}`;
    });
    const last = this.data?.lastSync;
    if (last?.status === 'processing' && last.trigger !== 'automatic')
      await this.attempt(() => this.#follow(last, null));
  }

  /** Runs what may fail at the network or the API, and says so on the page. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.trouble = null;
    } catch (error) {
      const known = error instanceof Problem ? refusalWords[error.code] : undefined;
      this.trouble =
        known === undefined ? { tone: 'bad', text: this.explain(error) } : { tone: 'warn', text: known };
      this.announce(this.trouble.text);
    }
  }

  /** Scores also go by themselves: what is shown follows, while somebody looks. */
  #refreshLater(): void {
    setTimeout(() => {
      const free =
        !this.run.running &&
        document.visibilityState === 'visible' &&
        this.ending !== 'ended' &&
        this.isConnected;
      const done = free && this.data ? this.refresh().catch(() => undefined) : Promise.resolve();
      void done.then(() => this.#refreshLater());
    }, REFRESH_MS);
  }

  async refresh(): Promise<void> {
    if (!this.data) return;
    const [changing, cells] = await Promise.all([
      readChanging(this.api, this.#classId),
      this.openId === null ? null : this.readCells(this.openId),
    ]);
    this.data = { ...this.data, ...changing };
    if (cells && cells.of === this.openId) this.cells = cells.items;
  }

  private async readCells(of: string): Promise<{ of: string; items: Cell[] }> {
    const query = `?lineItemId=${encodeURIComponent(of)}`;
    return { of, items: await this.api.all<Cell>(path`classes/${this.#classId}/results` + query) };
  }

  private async press(lineItemId?: string): Promise<void> {
    await this.attempt(async () => {
      this.result = null;
      const scope = lineItemId === undefined ? '' : path`/lineItems/${lineItemId}`;
      const where = `${path`classes/${this.#classId}`}${scope}/syncs`;
      const { status, value } = await this.api.request<Sync>('POST', where, {});
      this.announce(
        status === 200 ? 'A sync is already running; your changes were added to it.' : 'Sync started.',
      );
      await this.#follow(value, null);
    });
  }

  private async sendOne(studentId: string): Promise<void> {
    const lineItemId = this.openId;
    if (lineItemId === null || !this.data) return;
    const name = studentName(this.data.students, studentId);
    this.sending = new Set([...this.sending, studentId]);
    await this.attempt(async () => {
      this.result = null;
      const where = path`classes/${this.#classId}/lineItems/${lineItemId}/results/${studentId}/syncs`;
      this.announce(`Sending the score of ${name}.`);
      await this.#follow(await this.api.post<Sync>(where), name);
    });
    this.sending = new Set([...this.sending].filter((id) => id !== studentId));
  }

  /** `student`: the sync was asked for that one alone, so its result speaks of one. */
  async #follow(first: Sync, student: string | null): Promise<void> {
    const done = await this.run.follow(this.api, first, (n, all) => this.announce(`${n} of ${all} sent`));
    await this.refresh();
    if (!done) return;
    const problems = done.counts.failed + done.counts.conflicts;
    const sent = done.counts.created + done.counts.updated > 0;
    const tone: Tone = problems === 0 && done.status !== 'failed' ? 'good' : sent ? 'warn' : 'bad';
    const text =
      student !== null && sent && problems === 0
        ? `The score of ${student} was sent to ${this.sis}.`
        : syncSentence(done, this.sis, scoresInSis(this.data?.assignments ?? []));
    this.result = { tone, text };
    this.announce(text);
  }

  private async toggle(lineItemId: string, on: boolean): Promise<void> {
    this.saving = new Set([...this.saving, lineItemId]);
    await this.attempt(async () => {
      const where = path`classes/${this.#classId}/lineItems/${lineItemId}/overrides`;
      const overrides = await this.api.get<Overrides>(where);
      await this.api.put(where, { ...overrides, syncToSis: on });
      await this.refresh();
      this.announce(`Sync to the SIS is ${on ? 'on' : 'off'}.`);
    });
    this.saving = new Set([...this.saving].filter((id) => id !== lineItemId));
  }

  private openAssignment(lineItemId: string): void {
    history.pushState(null, '', `#${new URLSearchParams({ assignment: lineItemId }).toString()}`);
    this.#showAssignment(lineItemId);
  }

  #showAssignment(lineItemId: string | null): void {
    this.#returnTo = lineItemId === null ? this.openId : null;
    this.openId = lineItemId;
    this.cells = null;
    if (lineItemId === null) return;
    void this.attempt(async () => {
      const cells = await this.readCells(lineItemId);
      if (cells.of === this.openId) this.cells = cells.items;
    });
  }

  /** Back from an assignment, focus is where it was. */
  override updated(): void {
    if (this.#returnTo === null || this.openId !== null) return;
    const id = `open-${this.#returnTo}`;
    this.#returnTo = null;
    const table = this.renderRoot.querySelector<AssignmentTable>('assignment-table');
    void table?.updateComplete.then(() =>
      table.renderRoot.querySelector<HTMLElement>(`#${CSS.escape(id)}`)?.focus(),
    );
  }

  protected override content(): unknown {
    if (!this.data) return this.trouble === null ? this.skeleton() : this.failed(this.trouble.text);
    const { data } = this;
    const item = data.assignments.find((a) => a.lineItemId === this.openId);
    const header = syncHeader({
      data,
      sis: this.sis,
      run: this.run,
      result: this.result,
      trouble: this.trouble,
      press: () => void this.press(),
    });
    return [header, item ? this.oneAssignment(data, item) : this.allAssignments(data)];
  }

  private readonly switched = (e: CustomEvent<{ lineItemId: string; on: boolean }>) =>
    this.toggle(e.detail.lineItemId, e.detail.on);

  private oneAssignment(data: ClassData, item: Assignment) {
    return html`<assignment-page
      .data=${data}
      .item=${item}
      .cells=${this.cells}
      .sending=${this.sending}
      .saving=${this.saving.has(item.lineItemId)}
      .sis=${this.sis}
      @close-assignment=${() => history.back()}
      @switch-assignment=${this.switched}
      @sync-assignment=${() => this.press(item.lineItemId)}
      @send-student=${(e: CustomEvent<string>) => this.sendOne(e.detail)}
    ></assignment-page>`;
  }

  private allAssignments(data: ClassData) {
    const open = (e: CustomEvent<string>) => this.openAssignment(e.detail);
    const attention = html`<attention-list
      .data=${data}
      .sis=${this.sis}
      @open-assignment=${open}
    ></attention-list>`;
    return html`${data.causes.length > 0 ? attention : nothing}
      <assignment-table
        .data=${data}
        .saving=${this.saving}
        @open-assignment=${open}
        @switch-assignment=${this.switched}
      ></assignment-table>`;
  }

  private skeleton() {
    return html`<div class="card stack" aria-busy="true">
      <h1>Sync grades</h1>
      <p class="quiet">Loading the class…</p>
      ${[1, 2, 3, 4].map(() => html`<div class="skeleton"></div>`)}
    </div>`;
  }

  private failed(text: string) {
    return html`<section class="card stack">
      <h1>Sync grades</h1>
      ${note('bad', text)}
      <p><button class="primary" @click=${() => this.load()}>Try again</button></p>
    </section>`;
  }
}
customElements.define('teacher-page', TeacherPage);
