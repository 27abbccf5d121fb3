/** The teacher's other classes, sections of a course among them: which of them send new scores by themselves. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { SchoolClass } from '../answers.ts';
import type { SyncSettings } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/teacher-settings.ts';
import { note } from '../parts.ts';
import { ClassroomPart } from './classroom.ts';

type Auto = SyncSettings['autoSync'];
const autos = ['inherit', 'on', 'off'] as const;
/** A teacher has a handful of classes; of a token for a whole school only the first ones are asked one by one. */
const MOST = 20;

export class OtherSections extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    sections: { state: true },
    saved: { state: true },
  };
  static override styles = [look, fieldLook];
  sections: { schoolClass: SchoolClass; autoSync: Auto }[] = [];
  saved = '';

  override firstUpdated(): void {
    void this.attempt(async () => {
      const { items } = await this.room.api.some<SchoolClass>('classes', MOST);
      const others = items.filter(({ classId }) => classId !== this.room.classId);
      this.sections = await Promise.all(
        others.map(async (schoolClass) => ({
          schoolClass,
          autoSync: (await this.settingsOf(schoolClass.classId)).autoSync,
        })),
      );
    });
  }

  private settingsOf(classId: string): Promise<SyncSettings> {
    return this.room.api.get<SyncSettings>(path`classes/${classId}/syncSettings`);
  }

  private choose({ classId, title }: SchoolClass, autoSync: Auto): void {
    this.saved = '';
    void this.attempt(async () => {
      // the conflict policy that stands beside it is not chosen here
      const now = await this.settingsOf(classId);
      const { autoSync: kept } = await this.room.api.put<SyncSettings>(
        path`classes/${classId}/syncSettings`,
        { ...now, autoSync },
      );
      this.sections = this.sections.map((one) =>
        one.schoolClass.classId === classId ? { ...one, autoSync: kept } : one,
      );
      this.saved = settingsWords().savedFor(title);
      this.room.announce(this.saved);
    });
  }

  override render() {
    if (this.sections.length === 0) return this.troubleNote();
    const words = settingsWords();
    const named = { inherit: words.policyInherit, on: words.autoOn, off: words.autoOff };
    return html`<section class="card stack" aria-labelledby="sections">
      <h2 id="sections">${words.sections}</h2>
      <p class="quiet">${words.sectionsWhy}</p>
      ${this.troubleNote()}
      ${this.sections.map(
        ({ schoolClass, autoSync }) =>
          html`<label class="field"
            >${schoolClass.title}
            <select
              @change=${(e: Event) => this.choose(schoolClass, (e.target as HTMLSelectElement).value as Auto)}
            >
              ${autos.map((value) => html`<option value=${value} ?selected=${value === autoSync}>${named[value]}</option>`)}
            </select></label
          >`,
      )}
      ${this.saved ? note('good', this.saved) : nothing}
    </section>`;
  }
}
customElements.define('other-sections', OtherSections);
