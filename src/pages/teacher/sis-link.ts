/** An assignment that the SIS has already, entered by hand: the two are made one. */
import { html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { SisLineItems } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { assignmentWords } from '../messages/teacher-assignment.ts';
import { note } from '../parts.ts';
import type { Assignment } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { option } from './option.ts';

export class SisLink extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    item: { attribute: false },
    found: { state: true },
    chosen: { state: true },
    linked: { state: true },
    open: { state: true },
  };
  static override styles = [look, fieldLook];
  item!: Assignment;
  found: SisLineItems | null = null;
  chosen = '';
  linked = false;
  open = false;
  /** somebody has closed it */
  #looked = false;

  /** It opens by itself where it is the cure, and does not close when that has helped. */
  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('item') && this.item.reason?.code === 'TITLE_DUPLICATE') this.open ||= !this.#looked;
  }

  private opened(open: boolean): void {
    this.open = open;
    this.#looked ||= !open;
  }

  private find(): void {
    void this.attempt(async () => {
      this.found = await this.room.api.get<SisLineItems>(path`classes/${this.room.classId}/sisLineItems`);
      const same = this.found.items.find(({ sameTitle }) => sameTitle.includes(this.item.lineItemId));
      this.chosen = same?.sourcedId ?? '';
    });
  }

  private link(): void {
    void this.attempt(async () => {
      const where = path`classes/${this.room.classId}/lineItems/${this.item.lineItemId}/link`;
      await this.room.api.post(where, { sourcedId: this.chosen });
      this.found = null;
      this.linked = true;
      this.room.announce(assignmentWords().linked);
      await this.room.changed();
    });
  }

  override render() {
    const words = assignmentWords();
    const { sis } = this.room;
    return html`<details
      ?open=${this.open}
      @toggle=${(e: Event) => this.opened((e.target as HTMLDetailsElement).open)}
    >
      <summary>${words.link}</summary>
      <div class="stack">
        ${this.item.sourcedId ? html`<p class="small quiet">${words.linkedAs(this.item.sourcedId)}</p>` : nothing}
        ${this.linked ? note('good', words.linked) : html`<p>${words.linkWhy(sis)}</p>`} ${this.troubleNote()}
        ${this.found ? this.choice(this.found) : nothing}
        <div class="row">
          <button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.find()}>
            ${words.linkFind(sis)}
          </button>
        </div>
      </div>
    </details>`;
  }

  private choice({ items }: SisLineItems) {
    const words = assignmentWords();
    if (items.length === 0) return html`<p>${words.linkNone(this.room.sis)}</p>`;
    const same = (sameTitle: string[]) =>
      sameTitle.includes(this.item.lineItemId) ? ` – ${words.linkSameTitle}` : '';
    return html`<label class="field"
        >${words.linkChoose}
        <select @change=${(e: Event) => (this.chosen = (e.target as HTMLSelectElement).value)}>
          ${option('', this.chosen, '–')}
          ${items.map(({ sourcedId, title, sameTitle }) => option(sourcedId, this.chosen, `${title}${same(sameTitle)}`))}
        </select></label
      >
      <div class="row">
        <button
          class="primary"
          aria-disabled=${this.chosen === '' || this.busy ? 'true' : nothing}
          @click=${() => this.chosen !== '' && this.link()}
        >
          ${words.linkDo}
        </button>
      </div>`;
  }
}
customElements.define('sis-link', SisLink);
