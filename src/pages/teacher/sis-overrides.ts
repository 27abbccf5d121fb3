/** What the SIS is told of an assignment instead of what stands here: title, due date, category. */
import { html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { Overrides } from '../answers.ts';
import type { SisCategories } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { assignmentWords } from '../messages/teacher-assignment.ts';
import { note } from '../parts.ts';
import { asRead, isStale } from './change-stored.ts';
import type { Assignment } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { option } from './option.ts';
import { atEndOfDay, dayOf } from './school-day.ts';
import { changedSince, sameValues } from './stale-edit.ts';

/** Put right by what is entered here. */
const mended = new Set([
  ...['TITLE_TOO_LONG', 'TITLE_DUPLICATE', 'DUE_MISSING', 'DUE_OUTSIDE_PERIOD', 'ASSIGN_OUTSIDE_PERIOD'],
  ...['PERIOD_UNKNOWN', 'CAT_NONE', 'CAT_MISSING', 'CAT_NOT_FOUND', 'CAT_INACTIVE'],
]);

export class SisOverrides extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    item: { attribute: false },
    draft: { state: true },
    categories: { state: true },
    stale: { state: true },
    saved: { state: true },
    open: { state: true },
  };
  static override styles = [look, fieldLook];
  item!: Assignment;
  /** what is changed and not saved */
  draft: Overrides = {};
  categories: SisCategories | null = null;
  stale = false;
  saved = false;
  open = false;
  /** as they were when somebody began to type */
  #before: Overrides | null = null;
  /** somebody has closed it */
  #looked = false;

  private get now(): Overrides {
    return { ...this.item.overrides, ...this.draft };
  }
  private get dirty(): boolean {
    return !sameValues(this.item.overrides, this.now);
  }

  /** It opens by itself where it is the cure, and does not close when that has helped. */
  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('item') && mended.has(this.item.reason?.code ?? '')) this.open ||= !this.#looked;
  }

  /** The list of the SIS is asked for only when somebody looks at it. */
  private opened(open: boolean): void {
    this.open = open;
    this.#looked ||= !open;
    if (!open || this.categories) return;
    void this.attempt(async () => {
      this.categories = await this.room.api.get<SisCategories>(
        path`classes/${this.room.classId}/sisCategories`,
      );
    });
  }

  private change(draft: Overrides): void {
    this.#before ??= this.item.overrides;
    this.saved = false;
    this.draft = { ...this.draft, ...draft };
  }

  private save(over: boolean): void {
    void this.attempt(async () => {
      const { api, classId } = this.room;
      const where = path`classes/${classId}/lineItems/${this.item.lineItemId}/overrides`;
      const { value: there, etag } = await api.request<Overrides>('GET', where);
      if (!over && !sameValues(there, this.#before ?? this.item.overrides)) {
        this.stale = true;
        return;
      }
      const { draft } = this;
      const stored = { ...there, ...draft };
      try {
        await api.request('PUT', where, stored, asRead(etag));
      } catch (error) {
        this.stale = isStale(error);
        if (this.stale) return;
        throw error;
      }
      this.#before = stored;
      this.room.announce(assignmentWords().saved);
      await this.room.changed();
      // what was typed while it was being saved stays
      this.draft = changedSince(draft, this.draft);
      this.saved = Object.keys(this.draft).length === 0;
      if (this.saved) this.#before = null;
      this.stale = false;
    });
  }

  /** What was typed is dropped; what stands there now is shown. */
  private discard(): void {
    this.draft = {};
    this.#before = null;
    this.stale = false;
  }

  private reload(): void {
    this.discard();
    void this.attempt(() => this.room.changed());
  }

  override render() {
    const words = assignmentWords();
    return html`<details
      ?open=${this.open}
      @toggle=${(e: Event) => this.opened((e.target as HTMLDetailsElement).open)}
    >
      <summary>${words.inTheSis}</summary>
      <form
        class="stack"
        @submit=${(e: Event) => {
          e.preventDefault();
          if (this.dirty) this.save(false);
        }}
      >
        ${this.titleField()} ${this.dueField()} ${this.categoryField()} ${this.troubleNote()}
        ${
          this.stale
            ? html`<div role="alert">
                ${note(
                  'warn',
                  words.stale,
                  html`<button type="button" @click=${() => this.reload()}>${words.reload}</button
                    ><button type="button" @click=${() => this.save(true)}>${words.overwrite}</button>`,
                )}
              </div>`
            : nothing
        }
        ${this.saved ? note('good', words.saved) : nothing}
        <div class="row">
          <button class="primary" aria-disabled=${!this.dirty || this.busy ? 'true' : nothing}>
            ${words.save}
          </button>
          ${this.dirty ? html`<button type="button" @click=${() => this.discard()}>${words.discard}</button>` : nothing}
        </div>
      </form>
    </details>`;
  }

  private titleField() {
    const words = assignmentWords();
    const limit = this.data.sending.titleLimit;
    const title = this.now.sisTitle ?? '';
    const length = [...(title === '' ? this.item.title : title)].length;
    const hint = limit === null ? words.titleSame : `${words.titleLeft(length, limit)}. ${words.titleSame}`;
    return html`<label class="field"
      >${words.title}
      <input
        maxlength="1000"
        placeholder=${this.item.title}
        aria-describedby="title-hint"
        .value=${title}
        @input=${(e: Event) => this.change({ sisTitle: (e.target as HTMLInputElement).value.trim() || null })}
      />
      <span class="hint" id="title-hint"
        >${limit !== null && length > limit ? words.titleTooLong(limit) : nothing} ${hint}</span
      ></label
    >`;
  }

  private dueField() {
    const words = assignmentWords();
    const zone = this.data.sending.timeZone;
    const due = this.now.sisDueDate;
    return html`<label class="field"
      >${words.dueInSis}
      <input
        type="date"
        aria-describedby="due-hint"
        .value=${due ? dayOf(due, zone) : ''}
        @change=${(e: Event) => {
          const day = (e.target as HTMLInputElement).value;
          this.change({ sisDueDate: day === '' ? null : atEndOfDay(day, zone) });
        }}
      />
      <span class="hint" id="due-hint">${words.dueSame} (${zone})</span></label
    >`;
  }

  private categoryField() {
    const words = assignmentWords();
    const chosen = this.now.sisCategorySourcedId ?? '';
    const items = this.categories?.items ?? [];
    return html`<label class="field"
      >${words.category}
      <select
        @change=${(e: Event) => this.change({ sisCategorySourcedId: (e.target as HTMLSelectElement).value || null })}
      >
        ${option('', chosen, words.categorySame)}
        ${chosen !== '' && !items.some(({ sourcedId }) => sourcedId === chosen) ? option(chosen, chosen, words.categoryKept(chosen)) : nothing}
        ${items.map(({ sourcedId, title }) => option(sourcedId, chosen, title))}
      </select></label
    >`;
  }
}
customElements.define('sis-overrides', SisOverrides);
