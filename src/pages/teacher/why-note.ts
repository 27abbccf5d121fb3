/** "Why?": what is known about one assignment or one score, asked for when somebody wants to know. */
import { css, html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Explanation } from './teacher-answers.ts';
import { look } from '../look.ts';
import { assignmentWords } from '../messages/teacher-assignment.ts';
import { english, time } from '../parts.ts';
import { ClassroomPart } from './classroom.ts';

export class WhyNote extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    lineItemId: {},
    studentId: {},
    name: {},
    well: { attribute: false },
    told: { state: true },
    open: { state: true },
  };
  static override styles = [
    look,
    css`
      .told {
        background: var(--sunken);
        border-radius: 8px;
        display: grid;
        gap: 0.5rem;
        padding: 0.625rem 0.75rem;
      }
      ul {
        display: grid;
        gap: 0.25rem;
        margin: 0;
        padding-inline-start: 1.125rem;
      }
      button.link {
        font-size: 0.875rem;
        font-weight: 500;
        min-height: 1.75rem;
      }
    `,
  ];
  lineItemId = '';
  /** empty: of the assignment itself */
  studentId = '';
  name = '';
  /** nothing is wrong: there is only something to know */
  well = false;
  told: Explanation | null = null;
  open = false;

  private toggle(): void {
    this.open = !this.open;
    if (!this.open) return;
    void this.attempt(async () => {
      const item = path`classes/${this.room.classId}/lineItems/${this.lineItemId}`;
      const where = this.studentId === '' ? item : `${item}${path`/results/${this.studentId}`}`;
      this.told = await this.room.api.get<Explanation>(`${where}/explanation`);
      this.room.announce(this.told.answer, true);
    });
  }

  override render() {
    const words = assignmentWords();
    return html`<button class="link" aria-expanded=${this.open} @click=${() => this.toggle()}>
        ${this.open ? words.hide : this.well ? words.details : words.why}<span class="hidden">
          – ${this.name}</span
        >
      </button>
      ${this.open ? html`<div class="told small">${this.content()}</div>` : nothing}`;
  }

  private content() {
    if (this.trouble) return this.troubleNote();
    if (!this.told) return html`<p aria-busy="true">${assignmentWords().whyLoading}</p>`;
    return html`<p>${english(this.told.answer)}</p>
      <ul>
        ${this.told.timeline.slice(0, 8).map(({ at, text }) => html`<li>${time(at)} – ${english(text)}</li>`)}
      </ul>`;
  }
}
customElements.define('why-note', WhyNote);
