/** Bringing back what the SIS held before a sync: seen beforehand, value by value. */
import { css, html, nothing } from 'lit';
import { Problem, path } from '../api.ts';
import type { Sync } from '../answers.ts';
import type { RestorePlan } from './teacher-answers.ts';
import { dialogLook } from '../dialog-look.ts';
import { look, tableLook } from '../look.ts';
import { logWords } from '../messages/teacher-log.ts';
import { messageOf, note } from '../parts.ts';
import { sisScore } from '../words.ts';
import { studentName } from './class-data.ts';
import { openDialog } from '../open-dialog.ts';
import { ClassroomPart } from './classroom.ts';

type Entry = RestorePlan['entries'][number];
const MOST_LINES = 50;

export class RestoreDialog extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    snapshotId: {},
    plan: { state: true },
    other: { state: true },
    reading: { state: true },
  };
  static override styles = [
    look,
    tableLook,
    dialogLook,
    css`
      .box {
        overflow-x: auto;
        position: relative;
      }
    `,
  ];
  snapshotId = '';
  plan: RestorePlan | null = null;
  /** it would do something else by now than was shown when it was pressed */
  other = false;
  /** read: the plan tells what the SIS has now, and a press is for just that */
  reading: 'under way' | 'read' | 'failed' = 'under way';

  override firstUpdated(): void {
    openDialog(this.renderRoot.querySelector('dialog'));
    void this.look();
  }

  private get where(): string {
    return path`snapshots/${this.snapshotId}/restore`;
  }

  /** At once what is known here; then, as soon as the SIS has answered, what is there. */
  private async look(other = false): Promise<void> {
    this.reading = 'under way';
    const plan = (more = {}) => this.room.api.post<RestorePlan>(this.where, { dryRun: true, ...more });
    const read = plan({ readSis: true }).catch(() => null);
    if (!(await this.attempt(async () => void (this.plan = await plan())))) return;
    this.other = other;
    const seen = await read;
    this.plan = seen ?? this.plan;
    this.reading = seen ? 'read' : 'failed';
  }

  private restore(): void {
    const { plan } = this;
    if (!plan) return;
    let changed = false;
    void this.attempt(async () => {
      this.other = false;
      let sync: Sync;
      try {
        const exactly = this.reading === 'read' ? { planId: plan.planId } : {};
        sync = await this.room.api.post<Sync>(this.where, exactly);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'PLAN_CHANGED') throw error;
        changed = true;
        return;
      }
      this.room.announce(logWords().restoreDoing);
      this.room.follow(sync);
      this.close();
    }).then(() => (changed ? this.look(true) : undefined));
  }

  private close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  override render() {
    const words = logWords();
    const going = (this.plan?.entries ?? []).filter(does);
    return html`<dialog aria-labelledby="restore" @close=${() => this.dispatchEvent(new CustomEvent('done'))}>
      <div class="stack">
        <h2 id="restore">${words.restoreHeading(this.room.sis)}</h2>
        ${this.troubleNote()}
        ${this.other ? html`<div role="alert">${note('warn', words.restoreOther)}</div>` : nothing}
        ${this.plan ? this.planned(going) : html`<p class="quiet" aria-busy="true">${this.trouble ? nothing : words.restoreLooking}</p>`}
        <div class="row foot">
          ${
            going.length > 0
              ? html`<button
                  class="primary"
                  aria-disabled=${this.busy ? 'true' : nothing}
                  @click=${() => !this.busy && this.restore()}
                >
                  ${words.restoreDo(going.length)}
                </button>`
              : nothing
          }
          <button @click=${() => this.close()}>${going.length > 0 ? words.cancel : words.close}</button>
        </div>
      </div>
    </dialog>`;
  }

  private planned(going: Entry[]) {
    const words = logWords();
    const read = html`<p class="small quiet" aria-live="polite">
      ${words.restoreRead[this.reading](this.room.sis)}
    </p>`;
    if (going.length === 0)
      return html`${read}
        <p>${words.restoreNothing}</p>`;
    return html`<p>${words.restoreWhy}</p>
      ${read}
      <div class="box">
        <table class="table" role="table" aria-labelledby="restore">
          <thead role="rowgroup">
            <tr role="row">
              ${[words.what, words.now, words.then].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${going.slice(0, MOST_LINES).map((entry) => this.line(entry))}
          </tbody>
        </table>
      </div>
      ${going.length > MOST_LINES ? html`<p class="quiet">${words.moreLines(going.length - MOST_LINES)}</p>` : nothing}`;
  }

  private line(entry: Entry) {
    const words = logWords();
    const who = entry.studentId === null ? null : studentName(this.data.students, entry.studentId);
    const title = (held: Entry['from']) =>
      typeof held?.['title'] === 'string' ? held['title'] : sisScore(held);
    const value = (held: Entry['from']) => (who === null ? title(held) : sisScore(held));
    const then =
      entry.how === 'blank'
        ? words.blank
        : entry.how === 'delete' || entry.how === 'tobedeleted'
          ? words.goes
          : value(entry.to);
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        ${who === null ? nothing : html`${who}, `}${this.titleOf(entry.lineItemId)}
        ${entry.reason ? html`<div class="small quiet">${messageOf(entry.reason)}</div>` : nothing}
      </th>
      <td role="cell"><span class="label" aria-hidden="true">${words.now}</span>${value(entry.from)}</td>
      <td role="cell"><span class="label" aria-hidden="true">${words.then}</span>${then}</td>
    </tr>`;
  }
}
customElements.define('restore-dialog', RestoreDialog);

const does = ({ action }: Entry) => action === 'create' || action === 'update' || action === 'delete';
