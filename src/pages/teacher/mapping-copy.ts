/** The same categories for the teacher's other classes. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { SchoolClass } from '../answers.ts';
import type { MappingCopy as Copied } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/teacher-settings.ts';
import { note } from '../parts.ts';
import { ClassroomPart } from './classroom.ts';

export class MappingCopy extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    unsaved: { attribute: false },
    classes: { state: true },
    chosen: { state: true },
    copied: { state: true },
  };
  static override styles = [look, fieldLook];
  unsaved = false;
  classes: SchoolClass[] = [];
  chosen: ReadonlySet<string> = new Set();
  copied: Copied | null = null;

  override firstUpdated(): void {
    void this.attempt(async () => {
      const { items } = await this.room.api.some<SchoolClass>('classes', 200);
      this.classes = items.filter(({ classId }) => classId !== this.room.classId);
    });
  }

  private copy(): void {
    void this.attempt(async () => {
      const where = path`classes/${this.room.classId}/categoryMapping/copy`;
      this.copied = await this.room.api.post<Copied>(where, { classIds: [...this.chosen] });
      this.chosen = new Set();
      this.room.announce(this.copied.classes.map((one) => this.said(one)).join(' '));
    });
  }

  private said({ classId, copied, leftOut }: Copied['classes'][number]): string {
    const words = settingsWords();
    const title = this.classes.find((one) => one.classId === classId)?.title ?? classId;
    const first = words.copied(title, copied.length);
    if (leftOut.length === 0) return `${first}.`;
    return `${first}; ${words.leftOut(leftOut.map((one) => one.title ?? words.everyOther).join(', '))}.`;
  }

  private tick(classId: string, on: boolean): void {
    const next = new Set(this.chosen);
    if (on) next.add(classId);
    else next.delete(classId);
    this.chosen = next;
  }

  override render() {
    if (this.classes.length === 0) return nothing;
    const words = settingsWords();
    const n = this.chosen.size;
    const ready = n > 0 && !this.unsaved && !this.busy;
    return html`<details>
      <summary>${words.copy}</summary>
      <div class="stack">
        <fieldset>
          <legend class="hidden">${words.copy}</legend>
          ${this.classes.map(
            ({ classId, title }) =>
              html`<label class="tick"
                ><input
                  type="checkbox"
                  .checked=${this.chosen.has(classId)}
                  @change=${(e: Event) => this.tick(classId, (e.target as HTMLInputElement).checked)}
                /><span>${title}</span></label
              >`,
          )}
        </fieldset>
        ${this.unsaved ? html`<p class="small quiet">${words.saveFirst}</p>` : nothing}
        <div>
          <button aria-disabled=${ready ? nothing : 'true'} @click=${() => ready && this.copy()}>
            ${words.copyDo(n)}
          </button>
        </div>
        ${this.troubleNote()}
        ${this.copied?.classes.map((one) => note(one.leftOut.length > 0 ? 'warn' : 'good', this.said(one))) ?? nothing}
      </div>
    </details>`;
  }
}
customElements.define('mapping-copy', MappingCopy);
