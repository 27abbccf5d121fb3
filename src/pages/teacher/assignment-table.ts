/** The assignments of the class with their state and their switch. */
import { LitElement, css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { look, tableLook } from '../look.ts';
import { teacherWords } from '../messages/teacher.ts';
import { switchLook } from '../page-look.ts';
import { messageOf, onOff, pill, time } from '../parts.ts';
import { countWords, dueDate, nextTry } from '../words.ts';
import { categoryTold, dueTold, findsItsCategory } from './as-sent.ts';
import { assignmentWord, threeWords, wholeStanding } from './assignment-state.ts';
import { holdsUp, syncsToSis, type Assignment, type ClassData } from './class-data.ts';
import { KeepFocus } from './keep-focus.ts';

export class AssignmentTable extends LitElement {
  static override properties = {
    data: { attribute: false },
    shown: { attribute: false },
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
      h2 {
        padding: 0.75rem 0.75rem 0.25rem;
      }
      h2:focus {
        outline: none;
      }
      .empty {
        display: grid;
        gap: 0.75rem;
        justify-items: start;
        padding: 0.5rem 0.75rem 1rem;
      }
      @media (min-width: 40.01rem) {
        tbody th {
          min-width: 10rem;
        }
        td:last-child {
          min-width: 13rem;
        }
      }
      code {
        overflow-wrap: anywhere;
        user-select: all;
      }
      @media (max-width: 40rem) {
        .box {
          padding: 0.5rem 1rem;
        }
        h2,
        .empty {
          padding-inline: 0;
        }
      }
    `,
  ];
  data!: ClassData;
  /** those that the filter lets through */
  shown: Assignment[] = [];
  /** assignments whose switch is being saved */
  saving: ReadonlySet<string> = new Set();
  sis = '';
  readonly keepFocus = new KeepFocus(this);

  override render() {
    const words = teacherWords().table;
    const heads = [words.assignment, words.category, words.due, words.syncToSis, words.state, words.scores];
    return html`<section class="card box" aria-labelledby="assignments">
      <h2 id="assignments" tabindex="-1">${words.heading}</h2>
      ${this.remarks()}
      ${
        this.shown.length === 0
          ? nothing
          : html`<table class="table" role="table" aria-labelledby="assignments">
              <thead role="rowgroup">
                <tr role="row">
                  ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
                </tr>
              </thead>
              <tbody role="rowgroup">
                ${repeat(
                  this.shown,
                  ({ lineItemId }) => lineItemId,
                  (item) => this.line(item),
                )}
              </tbody>
            </table>`
      }
    </section>`;
  }

  /** Why there is nothing to see, or nothing to send: each has another cure. */
  private remarks() {
    const { assignments, sending, schoolClass } = this.data;
    const words = teacherWords().table;
    if (assignments.length === 0) return html`<p class="empty quiet">${words.empty}</p>`;
    if (!sending.linked)
      return html`<div class="empty">
        <p>${words.notLinked}</p>
        <p>${words.classId} <code>${schoolClass.classId}</code></p>
      </div>`;
    if (!assignments.some(syncsToSis))
      return html`<div class="empty">
        <p>${words.noneOn}</p>
        <button @click=${() => this.tell('switch-all')}>${words.switchAllOn}</button>
      </div>`;
    return this.shown.length === 0
      ? html`<p class="empty quiet">${teacherWords().filters.none}</p>`
      : nothing;
  }

  private tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private line(item: Assignment) {
    const words = teacherWords().table;
    const day = (iso: string) => dueDate(iso, this.data.sending.timeZone);
    const due = dueTold(item, (a, b) => day(a) === day(b));
    const category = categoryTold(item, this.data.schoolClass);
    const here = (text: string | null) =>
      text === null ? nothing : html`<div class="small quiet">${words.here(text)}</div>`;
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        <button
          class="link"
          id=${`open-${item.lineItemId}`}
          @click=${() => this.tell('open-assignment', item.lineItemId)}
        >
          ${item.title}
        </button>
        ${item.asSent.title === item.title ? nothing : html`<div class="small quiet">${words.asSent(item.asSent.title)}</div>`}
      </th>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.category}</span
        >${category.there ?? html`<span class="quiet">${findsItsCategory(item) ? words.notKnownYet : words.noCategory}</span>`}
        ${here(category.here)}
      </td>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.due}</span
        >${due.there ? html`<time datetime=${due.there}>${day(due.there)}</time>` : html`<span class="quiet">${words.noDate}</span>`}
        ${here(due.here && day(due.here))}
      </td>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.syncToSis}</span>${onOff({
          on: syncsToSis(item),
          name: words.switchName(item.title),
          disabled: this.saving.has(item.lineItemId),
          toggle: (on) => this.tell('switch-assignment', { lineItemId: item.lineItemId, on }),
        })}
      </td>
      <td role="cell">
        ${pill(assignmentWord(item))}
        ${item.reason && !holdsUp(item.reason) ? html`<div class="small quiet">${messageOf(item.reason)}</div>` : nothing}
        ${item.state === 'retrying' ? html`<div class="small quiet">${nextTry(item.nextAttemptAt)}</div>` : nothing}
        <div class="small quiet">${wholeStanding(item, this.sis)}</div>
      </td>
      <td role="cell">
        <span class="label" aria-hidden="true">${words.scores}</span>${countWords(item.cells)}
        <div class="small quiet">${threeWords(item)}</div>
        ${item.lastSentAt ? html`<div class="small quiet">${words.sent} ${time(item.lastSentAt)}</div>` : nothing}
      </td>
    </tr>`;
  }
}
customElements.define('assignment-table', AssignmentTable);
