/** What needs someone: one entry per cause, with the fix. */
import { LitElement, css, html, nothing } from 'lit';
import type { Cell } from '../answers.ts';
import { icon } from '../icons.ts';
import { look } from '../look.ts';
import { plural, whoFixes } from '../words.ts';
import { studentName, type Cause, type ClassData } from './class-data.ts';

export class AttentionList extends LitElement {
  static override properties = { data: { attribute: false }, sis: {} };
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
  data!: ClassData;
  sis = '';

  override render() {
    const { causes } = this.data;
    if (causes.length === 0) return nothing;
    return html`<section class="card stack" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <ul>
        ${causes.map(
          (cause) =>
            html`<li class="cause">
              ${icon('bad')}
              <div>
                <p><strong>${cause.reason.message}</strong></p>
                <p>${whoFixes(cause.reason, this.sis)} ${cause.reason.fix}</p>
                ${cause.assignments.map((item) => this.opener(item.lineItemId, item.title))}
                ${this.scores(cause)}
              </div>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private scores({ scores }: Cause) {
    if (scores.length === 0) return nothing;
    const line = (cell: Cell) => {
      const title =
        this.data.assignments.find((a) => a.lineItemId === cell.lineItemId)?.title ?? cell.lineItemId;
      return html`<li>
        ${studentName(this.data.students, cell.studentId)} – ${this.opener(cell.lineItemId, title)}
      </li>`;
    };
    return html`<details>
      <summary>${plural(scores.length, 'score')}</summary>
      <ul>
        ${scores.map(line)}
      </ul>
    </details>`;
  }

  private opener(lineItemId: string, title: string) {
    const open = () => this.dispatchEvent(new CustomEvent('open-assignment', { detail: lineItemId }));
    return html`<button class="link" @click=${open}>${title}</button>`;
  }
}
customElements.define('attention-list', AttentionList);
