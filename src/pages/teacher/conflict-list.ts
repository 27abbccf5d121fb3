/** Where the SIS holds what was never sent from here: both values side by side, and who counts, one by one or all. */
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { path } from '../api.ts';
import type { Sync } from '../answers.ts';
import type { Conflict, Held, Resolved } from './teacher-answers.ts';
import { look, tableLook } from '../look.ts';
import { teacherWords } from '../messages/teacher.ts';
import { fixOf, note, time } from '../parts.ts';
import { number, sisScore } from '../words.ts';
import { studentName } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { decidedWords, meantBy, type Keep } from './decided.ts';
import { KeepFocus } from './keep-focus.ts';

const MOST_LINES = 50;

export class ConflictList extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    sure: { state: true },
    said: { state: true },
  };
  static override styles = [
    look,
    tableLook,
    css`
      .box {
        overflow-x: auto;
        position: relative;
      }
      h2:focus,
      .said:focus {
        outline: none;
      }
    `,
  ];
  /** which decision about all of them is to be confirmed */
  sure: Keep | null = null;
  said: string | null = null;
  readonly keepFocus = new KeepFocus(this);

  private decide(keep: Keep, only: Conflict | null): void {
    void this.attempt(async () => {
      const where =
        only === null
          ? path`classes/${this.room.classId}/conflicts/resolve`
          : path`conflicts/${only.id}/resolve`;
      // what was not on the list was not decided about
      const ids = only === null ? { ids: meantBy(keep, this.data.conflicts).map(({ id }) => id) } : {};
      const done = await this.room.api.post<Resolved>(where, { keep, ...ids });
      const sync = done.syncId === null ? null : await this.room.api.get<Sync>(path`syncs/${done.syncId}`);
      this.said = decidedWords(done, sync, this.data.sending, this.room.sis);
      this.room.announce(this.said);
      if (sync) this.room.follow(sync);
    }).then(() => {
      this.sure = null;
      // also where it failed: it may be another conflict by now
      this.room.changed().catch((error: unknown) => void (this.trouble ??= this.room.explain(error)));
    });
  }

  override willUpdate(): void {
    this.hidden = this.data.conflicts.length === 0 && this.said === null;
  }

  override render() {
    const { conflicts } = this.data;
    const words = teacherWords().conflicts;
    const { sis } = this.room;
    if (conflicts.length === 0)
      return this.said ? html`<div class="said" tabindex="-1">${note('good', this.said)}</div>` : nothing;
    return html`<section class="card stack" aria-labelledby="conflicts">
      <h2 id="conflicts" tabindex="-1">${words.heading}</h2>
      <p>${words.why(sis)}</p>
      ${this.said ? note('good', this.said) : nothing} ${this.troubleNote()}
      <div class="box">
        <table class="table" role="table" aria-labelledby="conflicts">
          <thead role="rowgroup">
            <tr role="row">
              ${[words.what, words.inSis(sis), words.here, words.decide].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${repeat(
              conflicts.slice(0, MOST_LINES),
              ({ id }) => id,
              (one) => this.line(one),
            )}
          </tbody>
        </table>
      </div>
      ${conflicts.length > MOST_LINES ? html`<p class="quiet">${teacherWords().attention.more}</p>` : nothing}
      ${conflicts.length > 1 && !this.data.moreConflicts ? this.all(conflicts) : nothing}
    </section>`;
  }

  private line(one: Conflict) {
    const words = teacherWords().conflicts;
    const { sis } = this.room;
    const who =
      one.studentId === null ? words.assignmentItself : studentName(this.data.students, one.studentId);
    const name = `${who}, ${this.titleOf(one.lineItemId)}`;
    const button = (keep: Keep, text: string) =>
      html`<button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.decide(keep, one)}>
        ${text}<span class="hidden"> – ${name}</span>
      </button>`;
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        ${who}
        <div>
          <button class="link" @click=${() => this.room.openAssignment(one.lineItemId)}>
            ${this.titleOf(one.lineItemId)}
          </button>
        </div>
      </th>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.inSis(sis)}</span>${shown(one, one.sis)}
        ${one.since ? html`<div class="small quiet">${time(one.since)}</div>` : nothing}
      </td>
      <td role="cell"><span class="label" aria-hidden="true">${words.here}</span>${shown(one, one.lms)}</td>
      <td role="cell">
        <div class="row">
          ${button('sis', words.keepSis(sis))}
          ${one.cause === 'owned' ? nothing : button('lms', words.keepOurs)}
        </div>
        ${
          one.cause === 'changed'
            ? nothing
            : html`<div class="small quiet">
                ${one.cause === 'owned' ? words.owned(sis) : words.altered(sis)} ${fixOf(one.reason)}
              </div>`
        }
      </td>
    </tr>`;
  }

  /** About all of them: once more, before it is done; or not at all. */
  private ask(keep: Keep | null): void {
    this.sure = keep;
    this.focusSoon(keep === null ? '.all button' : '.asked button');
  }

  private all(conflicts: Conflict[]) {
    const words = teacherWords().conflicts;
    const { sis } = this.room;
    const [theirs, ours] = [meantBy('sis', conflicts).length, meantBy('lms', conflicts).length];
    if (this.sure === null)
      return html`<div class="row all">
        <button @click=${() => this.ask('sis')}>${words.allSis(theirs, sis)}</button>
        ${ours > 0 ? html`<button @click=${() => this.ask('lms')}>${words.allOurs(ours)}</button>` : nothing}
      </div>`;
    const keep = this.sure;
    return html`<div class="row asked" role="group" aria-label=${words.decide}>
      <strong role="alert">${keep === 'lms' ? words.sureOurs(ours, sis) : words.sureSis(theirs, sis)}</strong>
      <button class="primary" @click=${() => this.decide(keep, null)}>${words.yes}</button>
      <button @click=${() => this.ask(null)}>${words.no}</button>
    </div>`;
  }
}
customElements.define('conflict-list', ConflictList);

/** A score as a score; of an assignment what people know it by. */
function shown({ kind }: Conflict, held: Held): string {
  if (held === null || Object.keys(held).length === 0) return teacherWords().conflicts.gone;
  if (kind === 'result') return sisScore(held);
  const due = held['dueDate'];
  const points = held['resultValueMax'];
  return [
    typeof held['title'] === 'string' ? held['title'] : null,
    typeof due === 'string' ? due.slice(0, 10) : null,
    typeof points === 'number' ? number(points) : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
