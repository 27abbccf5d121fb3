/** What was deleted here and is still in the SIS: removed there by the next sync, or by hand. */
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { path } from '../api.ts';
import type { Deletion } from './teacher-answers.ts';
import { look } from '../look.ts';
import { teacherWords } from '../messages/teacher.ts';
import { note, reasonText } from '../parts.ts';
import { studentName } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { KeepFocus } from './keep-focus.ts';

export class DeletionList extends ClassroomPart {
  static override properties = { ...ClassroomPart.properties, said: { state: true } };
  static override styles = [
    look,
    css`
      ul {
        display: grid;
        gap: 0.5rem;
        list-style: none;
        margin: 0;
        padding: 0;
      }
      h2:focus,
      .said:focus {
        outline: none;
      }
      li {
        border-top: 1px solid var(--line);
        overflow-wrap: anywhere;
        padding-top: 0.5rem;
      }
    `,
  ];

  said: string | null = null;
  readonly keepFocus = new KeepFocus(this);

  private tickOff(one: Deletion): void {
    void this.attempt(async () => {
      await this.room.api.post(path`classes/${this.room.classId}/deletions/${one.id}/done`);
      this.said = teacherWords().deletions.ticked(one.title);
      this.room.announce(this.said);
      await this.room.changed();
    });
  }

  override willUpdate(): void {
    this.hidden = this.data.deletions.length === 0 && this.said === null;
  }

  override render() {
    const { deletions } = this.data;
    if (deletions.length === 0)
      return this.said ? html`<div class="said" tabindex="-1">${note('good', this.said)}</div>` : nothing;
    const words = teacherWords().deletions;
    return html`<section class="card stack" aria-labelledby="deletions">
      <h2 id="deletions" tabindex="-1">${words.heading}</h2>
      ${deletions.some(({ state }) => state !== 'planned') ? html`<p>${words.why(this.room.sis)}</p>` : nothing}
      ${this.troubleNote()}
      <ul>
        ${repeat(
          deletions,
          ({ id }) => id,
          (one) => this.line(one),
        )}
      </ul>
    </section>`;
  }

  private line(one: Deletion) {
    const words = teacherWords().deletions;
    const name =
      one.studentId === null ? one.title : `${studentName(this.data.students, one.studentId)}, ${one.title}`;
    return html`<li class="row apart">
      <span>
        ${name}
        <span class="small quiet"
          >${one.state === 'planned' ? words.planned : one.reason ? reasonText(one.reason, this.room.sis) : nothing}</span
        >
      </span>
      ${
        one.state === 'planned'
          ? nothing
          : html`<button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.tickOff(one)}>
              ${words.done}<span class="hidden"> – ${name}</span>
            </button>`
      }
    </li>`;
  }
}
customElements.define('deletion-list', DeletionList);
