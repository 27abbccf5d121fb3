/** One assignment: each student with the score here, the score in the SIS, and why they differ if they do. */
import { LitElement, css, html, nothing } from 'lit';
import type { Cell, Student } from '../answers.ts';
import { look, tableLook } from '../look.ts';
import { switchLook } from '../page-look.ts';
import { note, onOff, pill, reasonText, time } from '../parts.ts';
import {
  dueDate,
  isByChoice,
  isUpToDate,
  localScore,
  needsSomeone,
  nextTry,
  sisScore,
  stateWord,
} from '../words.ts';
import { assignmentWord } from './assignment-table.ts';
import { studentName, syncsToSis, type Assignment, type ClassData } from './class-data.ts';

export class AssignmentPage extends LitElement {
  static override properties = {
    data: { attribute: false },
    item: { attribute: false },
    cells: { attribute: false },
    sending: { attribute: false },
    saving: { attribute: false },
    sis: {},
  };
  static override styles = [
    look,
    tableLook,
    switchLook,
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
      h2:focus {
        outline: none;
      }
      .fix {
        display: block;
      }
      td .small {
        margin-top: 0.25rem;
        max-width: 34ch;
      }
    `,
  ];
  data!: ClassData;
  item!: Assignment;
  /** null: still loading */
  cells: Cell[] | null = null;
  sending: ReadonlySet<string> = new Set();
  saving = false;
  sis = '';

  override firstUpdated(): void {
    this.renderRoot.querySelector('h2')?.focus();
  }

  private tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  override render() {
    const { item } = this;
    const on = syncsToSis(item);
    return html`<section class="stack" aria-labelledby="title">
      <div class="card stack">
        <div><button class="link" @click=${() => this.tell('close-assignment')}>All assignments</button></div>
        <div class="row apart">
          <h2 id="title" tabindex="-1">${item.title}</h2>
          ${pill(assignmentWord(item))}
        </div>
        <p class="quiet">
          ${item.dueDate ? html`Due ${dueDate(item.dueDate, this.data.schoolClass.timeZone)}` : 'No due date'}
          ${item.resultValueMax === null ? nothing : html` · ${item.resultValueMax} points`}
          ${item.lastSentAt ? html` · sent ${time(item.lastSentAt)}` : nothing}
        </p>
        ${item.reason ? note(needsSomeone(item.state) ? 'bad' : 'plain', reasonText(item.reason, this.sis, isByChoice(item.state))) : nothing}
        <div class="row apart">
          <div class="row">
            <span>Sync to SIS</span>
            ${onOff({
              on,
              name: `sync ${item.title} to the SIS`,
              disabled: this.saving,
              toggle: (next) => this.tell('switch-assignment', { lineItemId: item.lineItemId, on: next }),
            })}
          </div>
          ${
            on
              ? html`<button @click=${() => this.tell('sync-assignment')}>Sync this assignment</button>`
              : item.lastSentAt
                ? html`<span class="small quiet"
                    >What was sent stays in ${this.sis}; nothing is deleted there.</span
                  >`
                : nothing
          }
        </div>
      </div>
      <div class="card box">${this.students()}</div>
    </section>`;
  }

  private students() {
    if (!this.cells) return html`<p class="quiet" aria-busy="true">Loading the scores…</p>`;
    const cells = new Map(this.cells.map((cell) => [cell.studentId, cell]));
    const shown = [...this.data.students.values()]
      .filter((student) => student.active || cells.has(student.studentId))
      .sort((a, b) => this.name(a).localeCompare(this.name(b)));
    if (shown.length === 0) return html`<p class="quiet">There are no students in this class yet.</p>`;
    const heads = ['Student', 'Score here', `In ${this.sis}`, 'State'];
    return html`<table class="table" role="table" aria-labelledby="title">
      <thead role="rowgroup">
        <tr role="row">
          ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
          <th role="columnheader" scope="col"><span class="hidden">Send</span></th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${shown.map((student) => this.line(student, cells.get(student.studentId)))}
      </tbody>
    </table>`;
  }

  private name = (student: Student) => studentName(this.data.students, student.studentId);

  private line(student: Student, cell: Cell | undefined) {
    if (!cell) {
      return html`<tr role="row">
        <th role="rowheader" scope="row">${this.name(student)}</th>
        <td role="cell" class="quiet">No score</td>
        <td role="cell" class="quiet"></td>
        <td role="cell" class="quiet">Nothing to send</td>
        <td role="cell"></td>
      </tr>`;
    }
    const { state, reason } = cell;
    return html`<tr role="row">
      <th role="rowheader" scope="row">${this.name(student)}</th>
      <td role="cell"><span class="label" aria-hidden="true">Score here</span>${localScore(cell)}</td>
      <td role="cell">
        <span class="label" aria-hidden="true">In ${this.sis}</span
        >${cell.acknowledged ? sisScore(cell) : html`<span class="quiet">Nothing yet</span>`}
        ${cell.lastSentAt && cell.acknowledged ? html`<div class="small quiet">${time(cell.lastSentAt)}</div>` : nothing}
      </td>
      <td role="cell">
        ${pill(stateWord(state, cell.acknowledged !== null))}
        ${reason ? html`<div class="small">${reasonText(reason, this.sis, isByChoice(state))}</div>` : nothing}
        ${state === 'verified' && !reason ? html`<div class="small quiet">confirmed by ${this.sis}</div>` : nothing}
        ${state === 'retrying' ? html`<div class="small quiet">${nextTry(cell.nextAttemptAt)}</div>` : nothing}
      </td>
      <td role="cell">${this.sendButton(student, cell)}</td>
    </tr>`;
  }

  private sendButton(student: Student, cell: Cell) {
    // Sending what is up to date would send nothing, and what is off by choice is not sent by a press either.
    if (isUpToDate(cell.state) || isByChoice(cell.state)) return nothing;
    const busy = this.sending.has(student.studentId);
    const word = busy
      ? 'Sending…'
      : needsSomeone(cell.state) || cell.state === 'retrying'
        ? 'Send again'
        : 'Send';
    return html`<button
      aria-disabled=${busy ? 'true' : nothing}
      @click=${() => !busy && this.tell('send-student', student.studentId)}
    >
      ${word}<span class="hidden"> – ${this.name(student)}</span>
    </button>`;
  }
}
customElements.define('assignment-page', AssignmentPage);
