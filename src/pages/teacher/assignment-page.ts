/** One assignment: what a teacher decides about it, and its students. */
import { css, html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Cell } from '../answers.ts';
import { look } from '../look.ts';
import { assignmentWords } from '../messages/teacher-assignment.ts';
import { switchLook } from '../page-look.ts';
import { note, onOff, pill, reasonText, time } from '../parts.ts';
import { dueDate, isByChoice, isUpToDate, needsSomeone, number } from '../words.ts';
import { dueTold } from './as-sent.ts';
import { assignmentState, assignmentWord, threeWords, wholeStanding } from './assignment-state.ts';
import { syncsToSis, type Assignment } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { KeepFocus } from './keep-focus.ts';
import './sis-link.ts';
import './sis-overrides.ts';
import './student-table.ts';
import './why-note.ts';

export class AssignmentPage extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    item: { attribute: false },
    cells: { attribute: false },
    sending: { attribute: false },
    saving: { attribute: false },
  };
  static override styles = [
    look,
    switchLook,
    css`
      h2 {
        overflow-wrap: anywhere;
      }
      h2:focus {
        outline: none;
      }
      .fix {
        display: block;
      }
    `,
  ];
  item!: Assignment;
  /** null: still loading */
  cells: Cell[] | null = null;
  sending: ReadonlySet<string> = new Set();
  saving = false;
  readonly keepFocus = new KeepFocus(this);

  override firstUpdated(): void {
    this.renderRoot.querySelector('h2')?.focus();
  }

  private tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private release(studentId: string | null): void {
    void this.attempt(async () => {
      const item = path`classes/${this.room.classId}/lineItems/${this.item.lineItemId}`;
      const where = studentId === null ? item : `${item}${path`/results/${studentId}`}`;
      await this.room.api.post(`${where}/release`);
      this.room.announce(assignmentWords().released);
      await this.room.changed();
    });
  }

  override render() {
    const { item } = this;
    return html`<section class="stack" aria-labelledby="title">
      <div class="card stack">${this.head(item)}</div>
      <div class="card stack">
        <sis-overrides .room=${this.room} .data=${this.data} .item=${item}></sis-overrides>
        <sis-link .room=${this.room} .data=${this.data} .item=${item}></sis-link>
      </div>
      <student-table
        .room=${this.room}
        .data=${this.data}
        .cells=${this.cells}
        .sending=${this.sending}
        @send-student=${(e: CustomEvent<string>) => this.tell('send-student', e.detail)}
        @release-student=${(e: CustomEvent<string>) => this.release(e.detail)}
      ></student-table>
    </section>`;
  }

  private head(item: Assignment) {
    const words = assignmentWords();
    const { sis } = this.room;
    const on = syncsToSis(item);
    const day = (iso: string) => dueDate(iso, this.data.sending.timeZone);
    const due = dueTold(item, (a, b) => day(a) === day(b));
    const stands = wholeStanding(item, sis);
    return html`<div>
        <button class="link" @click=${() => this.tell('close-assignment')}>${words.all}</button>
      </div>
      <div class="row apart">
        <h2 id="title" tabindex="-1">${item.title}</h2>
        ${pill(assignmentWord(item))}
      </div>
      <p class="quiet">
        ${due.there ? words.due(day(due.there), due.here && day(due.here)) : words.noDue}
        ${item.resultValueMax === null ? nothing : html` · ${words.points(number(item.resultValueMax))}`}
        ${item.lastSentAt ? html` · ${words.sent} ${time(item.lastSentAt)}` : nothing}
        ${stands ? html` · ${stands}` : nothing}
      </p>
      <p class="small quiet">${threeWords(item)}</p>
      ${
        item.reason
          ? note(
              needsSomeone(item.state) ? 'bad' : 'plain',
              reasonText(item.reason, sis, isByChoice(item.state)),
              item.reason.code === 'HELD_RESTORED'
                ? html`<button @click=${() => this.release(null)}>${words.release}</button>`
                : nothing,
            )
          : nothing
      }
      ${this.troubleNote()}
      <why-note
        .room=${this.room}
        .data=${this.data}
        .lineItemId=${item.lineItemId}
        .name=${item.title}
        .well=${isUpToDate(assignmentState(item))}
      ></why-note>
      <div class="row apart">
        <div class="row">
          <span>${words.syncToSis}</span>
          ${onOff({
            on,
            name: item.title,
            disabled: this.saving,
            toggle: (next) => this.tell('switch-assignment', { lineItemId: item.lineItemId, on: next }),
          })}
        </div>
        ${
          on
            ? html`<button @click=${() => this.tell('sync-assignment')}>${words.syncThis}</button>`
            : item.lastSentAt
              ? html`<span class="small quiet">${words.stays(sis)}</span>`
              : nothing
        }
      </div>`;
  }
}
customElements.define('assignment-page', AssignmentPage);
