/** Before a press: what will go, what cannot and why, what the SIS holds now; and which assignments are meant. */
import { html, nothing } from 'lit';
import { Problem, path } from '../api.ts';
import type { Sync } from '../answers.ts';
import type { Plan } from './teacher-answers.ts';
import { dialogLook, fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { reviewWords } from '../messages/teacher-review.ts';
import { note } from '../parts.ts';
import { when } from '../words.ts';
import { studentName } from './class-data.ts';
import { openDialog } from '../open-dialog.ts';
import { ClassroomPart, keepFile } from './classroom.ts';
import { confirmation } from './confirmation.ts';
import { reviewFoot } from './review-foot.ts';
import { changedLines, reviewLists, reviewListsLook } from './review-lists.ts';
import {
  changesIn,
  heldLines,
  pressFor,
  reviewOf,
  tableFile,
  type Names,
  type Review,
} from './review-plan.ts';

export class ReviewDialog extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    mode: {},
    waiting: { attribute: false },
    plan: { state: true },
    reading: { state: true },
    ticked: { state: true },
    remark: { state: true },
    refused: { state: true },
    sure: { state: true },
  };
  static override styles = [look, dialogLook, fieldLook, reviewListsLook];
  mode: 'changes' | 'all' = 'changes';
  /** a sync that the district wants confirmed: it is shown instead of a plan */
  waiting: Sync | null = null;
  plan: Plan | null = null;
  review: Review | null = null;
  reading: 'under way' | 'read' | 'failed' = 'under way';
  ticked: ReadonlySet<string> = new Set();
  /** something changed under the reader's eyes */
  remark: string | null = null;
  /** the plan that was sent and is not what would be done any more */
  refused: Plan | null = null;
  /** everything again: pressed once */
  sure = false;
  readonly #names: Names = {
    titleOf: (id) => this.titleOf(id),
    nameOf: (id) => studentName(this.data.students, id),
  };

  override firstUpdated(): void {
    openDialog(this.renderRoot.querySelector('dialog'));
    if (this.waiting === null) void this.look();
  }

  /** At once what is known here; then, as soon as the SIS has answered, what is there. */
  private async look(): Promise<void> {
    const where = `${path`classes/${this.room.classId}/plan`}?mode=${this.mode}`;
    this.reading = 'under way';
    const read = this.room.api.get<Plan>(`${where}&readSis=true`).then(
      (plan) => ({ plan }),
      (error: unknown) => ({ error }),
    );
    await this.attempt(async () => {
      this.show(await this.room.api.get<Plan>(where), this.plan === null);
    });
    const seen = await read;
    if ('plan' in seen) {
      this.show(seen.plan, this.plan === null);
      this.reading = 'read';
      // what was found there stands on the page too, when this is closed
      await this.room.changed().catch(() => undefined);
    } else {
      // why not, the service knows better than a teacher needs to; anything but a refusal is said
      if (!(seen.error instanceof Problem) || seen.error.status === 401)
        this.trouble = this.room.explain(seen.error);
      this.reading = 'failed';
    }
  }

  /** What was unticked stays so; what is new is ticked. */
  private show(plan: Plan, first: boolean): void {
    const before = first ? null : this.review;
    const known = new Set(before?.assignments.filter(({ goes }) => goes).map(({ lineItemId }) => lineItemId));
    this.plan = plan;
    this.review = reviewOf(plan);
    this.ticked = new Set(
      this.review.assignments
        .filter(({ goes, lineItemId }) => goes && (!known.has(lineItemId) || this.ticked.has(lineItemId)))
        .map(({ lineItemId }) => lineItemId),
    );
  }

  private send(): void {
    if (!this.plan || !this.review) return;
    if (this.mode === 'all' && !this.sure) {
      this.sure = true;
      this.room.announce(reviewWords().againSure);
      return;
    }
    const { plan, review } = this;
    let changed = false;
    void this.attempt(async () => {
      const there = this.data.assignments.map(({ lineItemId }) => lineItemId);
      const body = pressFor(this.mode, plan, review, this.ticked, there);
      try {
        await this.begun(await this.room.api.post<Sync>(path`classes/${this.room.classId}/syncs`, body));
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'PLAN_CHANGED') throw error;
        changed = true;
      }
    }).then(async () => {
      if (!changed) return;
      this.sure = false;
      this.refused = plan;
      await this.look();
    });
  }

  private async begun(sync: Sync): Promise<void> {
    if (sync.status === 'awaitingConfirmation') {
      this.waiting = sync;
      await this.room.changed();
      return;
    }
    this.room.follow(sync);
    this.close();
  }

  private confirm(): void {
    const { waiting } = this;
    if (!waiting) return;
    void this.attempt(async () => {
      const sync = await this.room.api.post<Sync>(path`syncs/${waiting.id}/confirm`);
      if (sync.status === 'awaitingConfirmation') {
        this.waiting = sync;
        this.remark = reviewWords().evenSo;
        this.room.announce(this.remark);
      } else await this.begun(sync);
    });
  }

  private dontSend(): void {
    const { waiting } = this;
    if (!waiting) return;
    void this.attempt(async () => {
      await this.room.api.post(path`syncs/${waiting.id}/cancel`);
      await this.room.changed();
      this.close();
    });
  }

  private close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  private download(): void {
    const lines = this.plan ? heldLines(this.plan, this.#names) : [];
    keepFile(tableFile(reviewWords().columns, lines), `${this.data.schoolClass.classId}-sis.csv`);
  }

  override render() {
    const words = reviewWords();
    const { sis } = this.room;
    const heading = this.waiting
      ? words.confirmHeading
      : this.mode === 'all'
        ? words.headingAgain(sis)
        : words.heading(sis);
    return html`<dialog aria-labelledby="review" @close=${() => this.dispatchEvent(new CustomEvent('done'))}>
      <div class="stack">
        <h2 id="review">${heading}</h2>
        ${this.remark ? note('warn', this.remark) : nothing} ${this.whatChanged()} ${this.troubleNote()}
        ${
          this.waiting
            ? confirmation(this.waiting, sis, {
                confirm: () => this.confirm(),
                dontSend: () => this.dontSend(),
              })
            : this.planned()
        }
      </div>
    </dialog>`;
  }

  /** Nothing was sent: what is otherwise now comes first, and only another press sends that. */
  private whatChanged() {
    const { refused, plan } = this;
    if (!refused || this.waiting) return nothing;
    if (!plan || plan === refused) return note('warn', reviewWords().changedThen);
    return html`<div role="alert">${changedLines(changesIn(plan, refused), this.#names)}</div>`;
  }

  private planned() {
    const words = reviewWords();
    const { sis } = this.room;
    const { plan, review } = this;
    const intro = this.mode === 'all' ? html`<p>${words.again(sis)}</p>` : nothing;
    if (!plan || !review)
      return html`${intro}
        <p class="quiet" aria-busy=${this.busy ? 'true' : 'false'}>${this.busy ? words.looking : nothing}</p>
        <div class="row foot"><button @click=${() => this.close()}>${words.cancel}</button></div>`;
    const read =
      this.reading === 'under way'
        ? words.reading(sis)
        : plan.readAt === null
          ? words.notRead(sis)
          : words.readAt(sis, when(plan.readAt));
    return html`${intro}
      <p class="small quiet" aria-live="polite">${read}</p>
      ${
        plan.readAt === null && this.data.sending.conflictPolicy === 'lmsWins'
          ? note('warn', words.mayReplace(sis))
          : nothing
      }
      ${reviewLists({
        review,
        sis,
        again: this.mode === 'all',
        ticked: this.ticked,
        tick: (ids, on) => this.tick(ids, on),
        ...this.#names,
        open: (id) => {
          this.close();
          this.room.openAssignment(id);
        },
      })}
      ${plan.readAt === null ? nothing : html`<p><button @click=${() => this.download()}>${words.download(sis)}</button></p>`}
      ${reviewFoot({
        review,
        ticked: this.ticked,
        again: this.mode === 'all',
        sure: this.sure,
        busy: this.busy,
        send: () => this.send(),
        close: () => this.close(),
      })}`;
  }

  private tick(ids: string[], on: boolean): void {
    const next = new Set(this.ticked);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    this.ticked = next;
    this.sure = false;
  }
}
customElements.define('review-dialog', ReviewDialog);
