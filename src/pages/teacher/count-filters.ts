/** Four counts that say at a glance how the class stands; each shows just the assignments that it counts. */
import { LitElement, css, html, nothing } from 'lit';
import type { Tone } from '../words.ts';
import { icon } from '../icons.ts';
import { look } from '../look.ts';
import { teacherWords } from '../messages/teacher.ts';
import { number } from '../words.ts';
import { standingOf, type Assignment, type Standing } from './class-data.ts';

const standings: [Standing, Tone][] = [
  ['upToDate', 'good'],
  ['changed', 'busy'],
  ['attention', 'bad'],
  ['notSynced', 'plain'],
];

export class CountFilters extends LitElement {
  static override properties = { assignments: { attribute: false }, chosen: { attribute: false } };
  static override styles = [
    look,
    css`
      .counts {
        display: grid;
        gap: 0.75rem;
        grid-template-columns: repeat(4, minmax(0, 1fr));
      }
      @media (max-width: 40rem) {
        .counts {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
      button {
        align-items: flex-start;
        border-color: var(--line);
        border-radius: 12px;
        display: grid;
        gap: 0 0.5rem;
        grid-template-columns: auto 1fr;
        justify-items: start;
        padding: 0.75rem 1rem;
        text-align: start;
      }
      button > svg {
        margin: 0.5rem 0 0;
      }
      button[aria-pressed='true'] {
        border-color: var(--accent);
        box-shadow: inset 0 0 0 1px var(--accent);
      }
      strong {
        font-size: 1.5rem;
        line-height: 1.2;
      }
      .what {
        grid-column: 2;
        overflow-wrap: anywhere;
      }
      .tone {
        background: none;
      }
    `,
  ];
  assignments: Assignment[] = [];
  chosen: Standing | null = null;

  override render() {
    const words = teacherWords().filters;
    const choose = (standing: Standing) =>
      this.dispatchEvent(new CustomEvent('filter', { detail: this.chosen === standing ? null : standing }));
    return html`<div class="counts" role="group" aria-label=${words.label}>
        ${standings.map(([standing, tone]) => {
          const n = this.assignments.filter((item) => standingOf(item) === standing).length;
          return html`<button aria-pressed=${this.chosen === standing} @click=${() => choose(standing)}>
            <span class="tone ${n > 0 ? tone : ''}">${icon(tone)}</span>
            <strong>${number(n)}</strong><span class="what small">${words[standing]}</span>
          </button>`;
        })}
      </div>
      ${
        this.chosen === null
          ? nothing
          : html`<button class="link" @click=${() => this.chosen && choose(this.chosen)}>
              ${words.all}
            </button>`
      }`;
  }
}
customElements.define('count-filters', CountFilters);
