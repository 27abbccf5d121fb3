/** What the teacher's page does with its class: reads it, sends it, follows what is sent, decides. */
import { Problem, path } from '../api.ts';
import type { Cell, Overrides, Sync } from '../answers.ts';
import { commonWords } from '../messages/common.ts';
import { teacherWords } from '../messages/teacher.ts';
import { SessionPage } from '../session.ts';
import { refusalWord } from '../words.ts';
import { changeStored } from './change-stored.ts';
import { cellName, readClass, scoresInSis, studentName, type ClassData } from './class-data.ts';
import type { Classroom } from './classroom.ts';
import { InOrder } from './in-order.ts';
import { goesUnseen } from './small-runs.ts';
import type { Remark } from './remark.ts';
import { resultOf } from './sync-result.ts';
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
  /** scores that are being sent by a press of their own */
  sending: ReadonlySet<string> = new Set();
  saving: ReadonlySet<string> = new Set();
  /** the dialog before a press; of a sync that waits, that one */
  review: { mode: 'changes' | 'all'; waiting: Sync | null } | null = null;
  /** the last update did not come through */
  late = false;
  run = new SyncRun(this);
  #classes = new InOrder();
  #scores = new InOrder();
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
    announce: (text, inEnglish) => page.announce(text, inEnglish),
    follow: (sync) => void page.attempt(() => page.follow(sync)),
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
    await this.attempt(() => this.readClass());
    this.followLast();
  }

  /** What somebody has begun and is under way; not waited for: what else is there is shown while the sync goes on. */
  private followLast(): void {
    const last = this.data?.lastSync;
    if (last?.status === 'processing' && last.trigger !== 'automatic' && !this.run.running)
      // nobody here has pressed: what an own press came to stays until this one's end is known
      void this.follow(last, { unasked: true }).catch(
        (error: unknown) => (this.trouble = this.inWords(error)),
      );
  }

  /** Runs what may fail at the network or the API, and says so on the page. */
  protected async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.trouble = null;
    } catch (error) {
      this.trouble = this.inWords(error);
      this.announce(this.trouble.text, this.trouble.english);
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
              () => {
                this.late = false;
                // its following may have ended with a token that has been renewed since
                this.followLast();
              },
              () => void (this.late = true),
            )
          : Promise.resolve();
      void done.then(() => this.refreshLater());
    }, REFRESH_MS);
  }

  async refresh(): Promise<void> {
    if (!this.data) return;
    await Promise.all([this.readClass(), this.openId === null ? null : this.readCells(this.openId)]);
  }

  private async readClass(): Promise<void> {
    const isNews = this.#classes.ask();
    const data = await readClass(this.api, this.classId);
    if (isNews()) this.data = data;
  }

  private async readCells(of: string): Promise<void> {
    const isNews = this.#scores.ask();
    const query = `?lineItemId=${encodeURIComponent(of)}`;
    const cells = await this.api.all<Cell>(path`classes/${this.classId}/results` + query);
    if (isNews() && of === this.openId) this.cells = cells;
  }

  protected loadCells(lineItemId: string): Promise<void> {
    return this.attempt(() => this.readCells(lineItemId));
  }

  /** Looked at before it goes, but where somebody wants small runs to go at once, or one is running already. */
  protected press(): void {
    const { data } = this;
    if (!data) return;
    const canGo = data.sending.sending === 'on' || data.sending.sending === 'paused';
    if (!canGo || this.run.running || goesUnseen(data)) void this.begin();
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
      await this.follow(value, { whole: lineItemId === undefined });
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
    const cell = cellName(lineItemId, studentId);
    this.sending = new Set([...this.sending, cell]);
    await this.attempt(async () => {
      this.result = null;
      const where = path`classes/${this.classId}/lineItems/${lineItemId}/results/${studentId}/syncs`;
      this.announce(teacherWords().sendingOf(name));
      const { status, value } = await this.api.request<Sync>('POST', where, {});
      // one that it has joined speaks of more than this one
      await this.follow(value, status === 200 ? {} : { student: name });
    });
    this.sending = new Set([...this.sending].filter((one) => one !== cell));
  }

  /** `student`: the sync was begun for that one alone; `whole`: it was asked for the whole class. */
  private async follow(
    first: Sync,
    of: { student?: string; whole?: boolean; unasked?: boolean } = {},
  ): Promise<void> {
    if (!of.unasked) this.result = null;
    const done = await this.run.follow(
      () => this.api,
      first,
      (n, all) => this.announce(teacherWords().progressSaid(n, all)),
    );
    // what came of it is told also where the class cannot be read just now
    await this.refresh().catch(() => void (this.late = true));
    if (!done) return;
    this.result = resultOf(done, this.sis, {
      student: of.student ?? null,
      scoresInSis: of.whole ? scoresInSis(this.data?.assignments ?? []) : null,
    });
    this.announce(this.result.text);
  }

  protected async toggle(lineItemIds: string[], on: boolean): Promise<void> {
    this.saving = new Set([...this.saving, ...lineItemIds]);
    await this.attempt(async () => {
      try {
        for (const lineItemId of lineItemIds) {
          const where = path`classes/${this.classId}/lineItems/${lineItemId}/overrides`;
          await changeStored<Overrides>(this.api, where, { syncToSis: on });
        }
      } finally {
        // some of many may be switched where one is refused
        await this.refresh().catch(() => void (this.late = true));
      }
      this.announce(teacherWords().table.switched(on));
    });
    this.saving = new Set([...this.saving].filter((id) => !lineItemIds.includes(id)));
  }
}
