/** Each student of an assignment: the score here, the score in the SIS, and why they differ if they do. */
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Cell, Student } from '../answers.ts';
import { look, tableLook } from '../look.ts';
import { assignmentWords } from '../messages/teacher-assignment.ts';
import { pill, reasonText, time } from '../parts.ts';
import {
  isByChoice,
  isUpToDate,
  localScore,
  needsSomeone,
  nextTry,
  sisScore,
  standing,
  stateWord,
} from '../words.ts';
import { cellName, studentName } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { KeepFocus } from './keep-focus.ts';
import './why-note.ts';

export class StudentTable extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    cells: { attribute: false },
    sending: { attribute: false },
  };
  static override styles = [
    look,
    tableLook,
    css`
      .box {
        overflow-x: auto;
        padding: 0.5rem;
        position: relative;
      }
      @media (max-width: 40rem) {
        .box {
          padding: 0.5rem 1rem;
        }
      }
      .fix {
        display: block;
      }
      table:focus {
        outline: none;
      }
      td .small {
        margin-top: 0.25rem;
        max-width: 34ch;
      }
      /* what is not looked at is not laid out: a long class opens at once */
      @media (min-width: 40.01rem) {
        tbody tr {
          content-visibility: auto;
        }
        tbody th {
          min-width: 9rem;
        }
      }
      td > button {
        white-space: nowrap;
      }
    `,
  ];
  /** null: still loading */
  cells: Cell[] | null = null;
  sending: ReadonlySet<string> = new Set();
  readonly keepFocus = new KeepFocus(this);

  private tell(name: string, studentId: string): void {
    this.dispatchEvent(new CustomEvent(name, { detail: studentId }));
  }

  override render() {
    return html`<div class="card box">${this.table()}</div>`;
  }

  private table() {
    const words = assignmentWords();
    if (!this.cells) return html`<p class="quiet" aria-busy="true">${words.loading}</p>`;
    const cells = new Map(this.cells.map((cell) => [cell.studentId, cell]));
    const names = new Map([...this.data.students.keys()].map((id) => [id, this.name(id)]));
    const { compare } = new Intl.Collator();
    const shown = [...this.data.students.values()]
      .filter((student) => student.active || cells.has(student.studentId))
      .sort((a, b) => compare(names.get(a.studentId) ?? '', names.get(b.studentId) ?? ''));
    if (shown.length === 0) return html`<p class="quiet">${words.noStudents}</p>`;
    const heads = [words.student, words.scoreHere, words.inSis(this.room.sis), words.state];
    return html`<table class="table" role="table" tabindex="-1" aria-label=${words.student}>
      <thead role="rowgroup">
        <tr role="row">
          ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
          <th role="columnheader" scope="col"><span class="hidden">${words.send}</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          shown,
          ({ studentId }) => studentId,
          (student) => this.line(student, cells.get(student.studentId)),
        )}
      </tbody>
    </table>`;
  }

  private name = (studentId: string) => studentName(this.data.students, studentId);

  private line({ studentId }: Student, cell: Cell | undefined) {
    const words = assignmentWords();
    const { sis } = this.room;
    if (!cell) {
      return html`<tr role="row">
        <th role="rowheader" scope="row">${this.name(studentId)}</th>
        <td role="cell" class="quiet">${words.noScore}</td>
        <td role="cell" class="quiet"></td>
        <td role="cell" class="quiet">${words.nothingToSend}</td>
        <td role="cell"></td>
      </tr>`;
    }
    const { state, reason } = cell;
    // what somebody typed there is what is there, whatever was acknowledged before
    const typed = this.data.conflicts.find(
      (one) => one.studentId === studentId && one.lineItemId === cell.lineItemId && one.sis !== null,
    );
    const held = typed?.sis ?? cell.acknowledged;
    return html`<tr role="row">
      <th role="rowheader" scope="row">${this.name(studentId)}</th>
      <td role="cell"><span class="label" aria-hidden="true">${words.scoreHere}</span>${localScore(cell)}</td>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.inSis(sis)}</span
        >${held ? sisScore(held) : html`<span class="quiet">${words.nothingYet}</span>`}
        ${cell.lastSentAt && cell.acknowledged && !typed ? html`<div class="small quiet">${time(cell.lastSentAt)}</div>` : nothing}
      </td>
      <td role="cell">
        ${pill(stateWord(state, cell.acknowledged !== null))}
        <div class="small quiet">${standing(state, sis)}</div>
        ${reason ? html`<div class="small">${reasonText(reason, sis, isByChoice(state))}</div>` : nothing}
        ${state === 'retrying' ? html`<div class="small quiet">${nextTry(cell.nextAttemptAt)}</div>` : nothing}
        <why-note
          .room=${this.room}
          .data=${this.data}
          .lineItemId=${cell.lineItemId}
          .studentId=${studentId}
          .name=${this.name(studentId)}
          .well=${isUpToDate(state)}
        ></why-note>
      </td>
      <td role="cell">${this.button(cell)}</td>
    </tr>`;
  }

  private button(cell: Cell) {
    const words = assignmentWords();
    const { studentId, state } = cell;
    const named = html`<span class="hidden"> – ${this.name(studentId)}</span>`;
    if (cell.reason?.code === 'HELD_RESTORED')
      return html`<button @click=${() => this.tell('release-student', studentId)}>
        ${words.release}${named}
      </button>`;
    // Sending what is up to date would send nothing, and what is off by choice is not sent by a press either.
    const chosen = cell.reason?.code === 'SIS_VALUE_CHOSEN';
    if (!chosen && (isUpToDate(state) || isByChoice(state))) return nothing;
    const busy = this.sending.has(cellName(cell.lineItemId, studentId));
    const again = needsSomeone(state) || state === 'retrying';
    return html`<button
      aria-disabled=${busy ? 'true' : nothing}
      @click=${() => !busy && this.tell('send-student', studentId)}
    >
      ${busy ? words.sending : again ? words.sendAgain : words.send}${named}
    </button>`;
  }
}
customElements.define('student-table', StudentTable);
