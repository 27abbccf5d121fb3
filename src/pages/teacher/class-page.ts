/** What the teacher's page does with its class: reads it, sends it, follows what is sent, decides. */
import { Problem, path } from '../api.ts';
import type { Cell, Overrides, Sync } from '../answers.ts';
import { commonWords } from '../messages/common.ts';
import { teacherWords } from '../messages/teacher.ts';
import { SessionPage } from '../session.ts';
import { refusalWord, syncSentence, type Tone } from '../words.ts';
import { readChanging, readClass, scoresInSis, studentName, sumOf, type ClassData } from './class-data.ts';
import type { Classroom } from './classroom.ts';
import { SMALL_RUN, skipsSmallRuns } from './small-runs.ts';
import type { Remark } from './remark.ts';
import { SyncRun } from './sync-run.ts';

const REFRESH_MS = 15_000;

export abstract class ClassPage extends SessionPage {
  static override properties = {
    ...SessionPage.properties,
    data: { state: true },
    trouble: { state: true },
    result: { state: true },
    openId: { state: true },
    cells: { state: true },
    sending: { state: true },
    saving: { state: true },
    review: { state: true },
    late: { state: true },
  };
  data: ClassData | null = null;
  /** why something that was asked for did not happen */
  trouble: Remark | null = null;
  result: Remark | null = null;
  /** the assignment that is looked at, and its scores */
  openId: string | null = null;
  cells: Cell[] | null = null;
  sending: ReadonlySet<string> = new Set();
  saving: ReadonlySet<string> = new Set();
  /** the dialog before a press; of a sync that waits, that one */
  review: { mode: 'changes' | 'all'; waiting: Sync | null } | null = null;
  /** the last update did not come through */
  late = false;
  run = new SyncRun(this);
  protected classId = '';

  /** What the parts of the page work with. */
  readonly room: Classroom = ((page: ClassPage) => ({
    get api() {
      return page.api;
    },
    get classId() {
      return page.classId;
    },
    get sis() {
      return page.sis;
    },
    explain: (error) => page.inWords(error),
    announce: (text) => page.announce(text),
    follow: (sync) => void page.attempt(() => page.follow(sync, null)),
    changed: () => page.refresh(),
    openAssignment: (id) => page.openAssignment(id),
    openSettings: () => page.openSettings(),
  }))(this);

  protected abstract openAssignment(lineItemId: string): void;
  protected abstract openSettings(): void;

  get sis(): string {
    return this.signIn?.sisName ?? commonWords().theSis;
  }

  async load(): Promise<void> {
    this.trouble = null;
    await this.attempt(async () => {
      this.data = await readClass(this.api, this.classId);
    });
    const last = this.data?.lastSync;
    if (last?.status === 'processing' && last.trigger !== 'automatic')
      // not waited for: where the link leads is shown while the sync goes on
      void this.attempt(() => this.follow(last, null));
  }

  /** Runs what may fail at the network or the API, and says so on the page. */
  protected async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.trouble = null;
    } catch (error) {
      this.trouble = this.inWords(error);
      this.announce(this.trouble.text);
    }
  }

  /** A refusal that teachers meet has words of its own; others speak for themselves. */
  private inWords(error: unknown): Remark {
    if (error instanceof Problem) {
      const known = refusalWord(error.code);
      if (known !== undefined) return { tone: 'warn', text: known };
      if (this.data === null && [403, 404].includes(error.status))
        return { tone: 'warn', text: teacherWords().forbidden };
    }
    const text = this.explain(error);
    return { tone: 'bad', text, english: error instanceof Problem && error.status !== 401 };
  }

  /** Scores also go by themselves: what is shown follows, while somebody looks. */
  protected refreshLater(): void {
    setTimeout(() => {
      const free =
        !this.run.running &&
        document.visibilityState === 'visible' &&
        this.ending !== 'ended' &&
        this.isConnected;
      const done =
        free && this.data
          ? this.refresh().then(
              () => void (this.late = false),
              () => void (this.late = true),
            )
          : Promise.resolve();
      void done.then(() => this.refreshLater());
    }, REFRESH_MS);
  }

  async refresh(): Promise<void> {
    if (!this.data) return;
    const [changing, cells] = await Promise.all([
      readChanging(this.api, this.classId),
      this.openId === null ? null : this.readCells(this.openId),
    ]);
    this.data = { ...this.data, ...changing };
    if (cells && cells.of === this.openId) this.cells = cells.items;
  }

  private async readCells(of: string): Promise<{ of: string; items: Cell[] }> {
    const query = `?lineItemId=${encodeURIComponent(of)}`;
    return { of, items: await this.api.all<Cell>(path`classes/${this.classId}/results` + query) };
  }

  protected async loadCells(lineItemId: string): Promise<void> {
    await this.attempt(async () => {
      const cells = await this.readCells(lineItemId);
      if (cells.of === this.openId) this.cells = cells.items;
    });
  }

  /** Looked at before it goes, but where somebody wants small runs to go at once, or one is running already. */
  protected press(): void {
    const { data } = this;
    if (!data) return;
    const waits = data.assignments.reduce((n, item) => n + sumOf(item, (state) => state === 'unsent'), 0);
    const canGo = data.sending.sending === 'on' || data.sending.sending === 'paused';
    if (!canGo || this.run.running || (skipsSmallRuns() && waits <= SMALL_RUN)) void this.begin();
    else this.review = { mode: 'changes', waiting: null };
  }

  protected async begin(lineItemId?: string): Promise<void> {
    await this.attempt(async () => {
      this.result = null;
      const scope = lineItemId === undefined ? '' : path`/lineItems/${lineItemId}`;
      const where = `${path`classes/${this.classId}`}${scope}/syncs`;
      const { status, value } = await this.api.request<Sync>('POST', where, {});
      if (value.status === 'awaitingConfirmation') {
        this.review = { mode: 'changes', waiting: value };
        await this.refresh();
        return;
      }
      this.announce(status === 200 ? teacherWords().joined : teacherWords().started);
      await this.follow(value, null);
    });
  }

  protected async stop(): Promise<void> {
    const { sync } = this.run;
    if (sync) await this.attempt(() => this.api.post(path`syncs/${sync.id}/cancel`));
  }

  protected async sendOne(studentId: string): Promise<void> {
    const lineItemId = this.openId;
    if (lineItemId === null || !this.data) return;
    const name = studentName(this.data.students, studentId);
    this.sending = new Set([...this.sending, studentId]);
    await this.attempt(async () => {
      this.result = null;
      const where = path`classes/${this.classId}/lineItems/${lineItemId}/results/${studentId}/syncs`;
      this.announce(teacherWords().sendingOf(name));
      await this.follow(await this.api.post<Sync>(where), name);
    });
    this.sending = new Set([...this.sending].filter((id) => id !== studentId));
  }

  /** `student`: the sync was asked for that one alone, so its result speaks of one. */
  private async follow(first: Sync, student: string | null): Promise<void> {
    this.result = null;
    const done = await this.run.follow(
      () => this.api,
      first,
      (n, all) => this.announce(teacherWords().progressSaid(n, all)),
    );
    await this.refresh();
    if (!done) return;
    const problems = done.counts.failed + done.counts.conflicts;
    const sent = done.counts.created + done.counts.updated > 0;
    const tone: Tone = problems === 0 && done.status !== 'failed' ? 'good' : sent ? 'warn' : 'bad';
    const text =
      student !== null && sent && problems === 0
        ? teacherWords().sentOf(student, this.sis)
        : syncSentence(done, this.sis, scoresInSis(this.data?.assignments ?? []));
    this.result = { tone, text };
    this.announce(text);
  }

  protected async toggle(lineItemIds: string[], on: boolean): Promise<void> {
    this.saving = new Set([...this.saving, ...lineItemIds]);
    await this.attempt(async () => {
      for (const lineItemId of lineItemIds) {
        const where = path`classes/${this.classId}/lineItems/${lineItemId}/overrides`;
        const overrides = await this.api.get<Overrides>(where);
        await this.api.put(where, { ...overrides, syncToSis: on });
      }
      await this.refresh();
      this.announce(teacherWords().table.switched(on));
    });
    this.saving = new Set([...this.saving].filter((id) => !lineItemIds.includes(id)));
  }
}
