/** The assignments of the class with their state and their switch. */
import { LitElement, css, html, nothing } from 'lit';
import { look, tableLook } from '../look.ts';
import { switchLook } from '../page-look.ts';
import { onOff, pill, time } from '../parts.ts';
import {
  countWords,
  dueDate,
  isUpToDate,
  needsSomeone,
  nextTry,
  stateWord,
  type StateWord,
} from '../words.ts';
import { holdsUp, syncsToSis, type Assignment, type ClassData } from './class-data.ts';

export class AssignmentTable extends LitElement {
  static override properties = { data: { attribute: false }, saving: { attribute: false } };
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
      p.empty {
        padding: 0.5rem 0.75rem 1rem;
      }
      @media (max-width: 40rem) {
        .box {
          padding: 0.5rem 1rem;
        }
        h2 {
          padding-inline: 0;
        }
      }
    `,
  ];
  data!: ClassData;
  /** assignments whose switch is being saved */
  saving: ReadonlySet<string> = new Set();

  override render() {
    const { assignments } = this.data;
    return html`<section class="card box" aria-labelledby="assignments">
      <h2 id="assignments">Assignments</h2>
      ${
        assignments.length === 0
          ? html`<p class="empty quiet">
              There are no assignments yet. Graded assignments appear here by themselves.
            </p>`
          : html`<table class="table" role="table" aria-labelledby="assignments">
              <thead role="rowgroup">
                <tr role="row">
                  ${['Assignment', 'Due', 'Sync to SIS', 'State', 'Scores'].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
                </tr>
              </thead>
              <tbody role="rowgroup">
                ${assignments.map((item) => this.line(item))}
              </tbody>
            </table>`
      }
    </section>`;
  }

  private line(item: Assignment) {
    const tell = (name: string, detail: unknown) => this.dispatchEvent(new CustomEvent(name, { detail }));
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        <button
          class="link"
          id=${`open-${item.lineItemId}`}
          @click=${() => tell('open-assignment', item.lineItemId)}
        >
          ${item.title}
        </button>
      </th>
      <td role="cell">
        <span class="label" aria-hidden="true">Due</span
        >${item.dueDate ? html`<time datetime=${item.dueDate}>${dueDate(item.dueDate, this.data.schoolClass.timeZone)}</time>` : html`<span class="quiet">No date</span>`}
      </td>
      <td role="cell">
        <span class="label" aria-hidden="true">Sync to SIS</span>${onOff({
          on: syncsToSis(item),
          name: `sync ${item.title} to the SIS`,
          disabled: this.saving.has(item.lineItemId),
          toggle: (on) => tell('switch-assignment', { lineItemId: item.lineItemId, on }),
        })}
      </td>
      <td role="cell">
        ${pill(assignmentWord(item))}
        ${item.reason && !holdsUp(item.reason) ? html`<div class="small quiet">${item.reason.message}</div>` : nothing}
        ${item.state === 'retrying' ? html`<div class="small quiet">${nextTry(item.nextAttemptAt)}</div>` : nothing}
      </td>
      <td role="cell">
        <span class="label" aria-hidden="true">Scores</span>${countWords(item.cells)}
        ${item.lastSentAt ? html`<div class="small quiet">sent ${time(item.lastSentAt)}</div>` : nothing}
      </td>
    </tr>`;
  }
}
customElements.define('assignment-table', AssignmentTable);

/** An assignment is up to date only with its scores. */
export function assignmentWord(item: Assignment): StateWord {
  const { cells } = item;
  const any = (test: (state: never) => boolean) =>
    Object.entries(cells).some(([state, n]) => n > 0 && test(state as never));
  if (!isUpToDate(item.state)) return stateWord(item.state, item.lastSentAt !== null);
  if (any(needsSomeone)) return stateWord('needsAttention', true);
  if (any((state) => state === 'retrying')) return stateWord('retrying', true);
  if (any((state) => state === 'sending')) return stateWord('sending', true);
  if (any((state) => state === 'queued')) return stateWord('queued', true);
  if (any((state) => state === 'unsent' || state === 'suppressed')) return { tone: 'plain', word: 'Changed' };
  return stateWord('acknowledged', true);
}
