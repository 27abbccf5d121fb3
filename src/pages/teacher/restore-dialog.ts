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
import { doingIn, isSameRestore, type RestoreEntry } from './restore-plan.ts';

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
  /** pressed, and refused: why is known when the SIS has been read again */
  other: 'lookedUp' | 'changed' | 'tooOld' | null = null;
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
  private async look(refused: RestorePlan | null = null): Promise<void> {
    this.reading = 'under way';
    const plan = (more = {}) => this.room.api.post<RestorePlan>(this.where, { dryRun: true, ...more });
    const read = plan({ readSis: true }).catch(() => null);
    if (!(await this.attempt(async () => void (this.plan = await plan())))) {
      this.plan = null;
      return;
    }
    this.other = refused && 'lookedUp';
    const seen = await read;
    this.plan = seen ?? this.plan;
    this.reading = seen ? 'read' : 'failed';
    if (refused) this.other = seen && isSameRestore(seen, refused) ? 'tooOld' : 'changed';
  }

  private restore(): void {
    const { plan } = this;
    if (!plan) return;
    let changed = false;
    void this.attempt(async () => {
      this.other = null;
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
    }).then(() => (changed ? this.look(plan) : undefined));
  }

  private close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  override render() {
    const words = logWords();
    const going = this.plan ? doingIn(this.plan) : [];
    // until the SIS has answered, a press would be for what nobody has seen
    const waits = this.busy || this.reading === 'under way';
    return html`<dialog aria-labelledby="restore" @close=${() => this.dispatchEvent(new CustomEvent('done'))}>
      <div class="stack">
        <h2 id="restore">${words.restoreHeading(this.room.sis)}</h2>
        ${this.troubleNote()}
        ${this.other ? html`<div role="alert">${note('warn', words.restoreOther[this.other])}</div>` : nothing}
        ${this.plan ? this.planned(going) : html`<p class="quiet" aria-busy="true">${this.trouble ? nothing : words.restoreLooking}</p>`}
        <div class="row foot">
          ${
            going.length > 0
              ? html`<button
                  class="primary"
                  aria-disabled=${waits ? 'true' : nothing}
                  @click=${() => !waits && this.restore()}
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

  private planned(going: RestoreEntry[]) {
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

  private line(entry: RestoreEntry) {
    const words = logWords();
    const who = entry.studentId === null ? null : studentName(this.data.students, entry.studentId);
    const title = (held: RestoreEntry['from']) =>
      typeof held?.['title'] === 'string' ? held['title'] : sisScore(held);
    const value = (held: RestoreEntry['from']) => (who === null ? title(held) : sisScore(held));
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
