/** What needs someone: one entry per cause, with the fix. */
import { css, html, nothing } from 'lit';
import type { Cell } from '../answers.ts';
import { icon } from '../icons.ts';
import { look } from '../look.ts';
import { commonWords } from '../messages/common.ts';
import { teacherWords } from '../messages/teacher.ts';
import { fixOf, messageOf } from '../parts.ts';
import { whoFixes } from '../words.ts';
import './ask-admin.ts';
import { studentName, type Cause } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { needsCategory } from './first-steps.ts';

/** A longer list helps nobody; the assignments show the rest. */
const MOST_LINES = 50;

export class AttentionList extends ClassroomPart {
  static override styles = [
    look,
    css`
      ul {
        display: grid;
        gap: 0.75rem;
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li.cause {
        background: var(--bad-ground);
        border-radius: 8px;
        color: var(--text);
        display: grid;
        gap: 0.25rem 0.625rem;
        grid-template-columns: auto minmax(0, 1fr);
        overflow-wrap: anywhere;
        padding: 0.75rem 0.875rem;
      }
      li.cause > svg {
        color: var(--bad);
        margin-top: 0.2rem;
      }
      summary {
        cursor: pointer;
        font-weight: 500;
        line-height: 2.5rem;
        width: fit-content;
      }
      details ul {
        gap: 0.125rem;
        padding-bottom: 0.25rem;
      }
    `,
  ];

  override willUpdate(): void {
    this.hidden = this.data.causes.length === 0;
  }

  override render() {
    const { causes, moreCauses } = this.data;
    if (causes.length === 0) return nothing;
    const words = teacherWords().attention;
    return html`<section class="card stack" aria-labelledby="attention">
      <h2 id="attention">${words.heading}</h2>
      <ul>
        ${causes.map((cause) => this.cause(cause))}
      </ul>
      ${moreCauses ? html`<p class="quiet">${words.more}</p>` : nothing}
    </section>`;
  }

  private cause(cause: Cause) {
    const { reason } = cause;
    return html`<li class="cause">
      ${icon('bad')}
      <div>
        <p><strong>${messageOf(reason)}</strong></p>
        <p>${whoFixes(reason, this.room.sis)} ${fixOf(reason)}</p>
        ${cause.assignments.slice(0, MOST_LINES).map((item) => html`<div>${this.opener(item.lineItemId)}</div>`)}
        ${this.scores(cause)}
        ${
          needsCategory.has(reason.code)
            ? html`<button @click=${() => this.room.openSettings()}>
                ${teacherWords().steps.toSettings}
              </button>`
            : nothing
        }
        ${reason.fixBy === 'admin' || reason.fixBy === 'vendor' ? html`<ask-admin .room=${this.room} .data=${this.data} .reason=${reason}></ask-admin>` : nothing}
      </div>
    </li>`;
  }

  private scores({ scores }: Cause) {
    if (scores.length === 0) return nothing;
    const line = (cell: Cell) =>
      html`<li>${studentName(this.data.students, cell.studentId)} – ${this.opener(cell.lineItemId)}</li>`;
    return html`<details>
      <summary>${commonWords().scores(scores.length)}</summary>
      <ul>
        ${scores.slice(0, MOST_LINES).map(line)}${scores.length > MOST_LINES ? html`<li>…</li>` : nothing}
      </ul>
    </details>`;
  }

  private opener(lineItemId: string) {
    return html`<button class="link" @click=${() => this.room.openAssignment(lineItemId)}>
      ${this.titleOf(lineItemId)}
    </button>`;
  }
}
customElements.define('attention-list', AttentionList);
