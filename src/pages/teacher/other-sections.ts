/** The teacher's other classes, sections of a course among them: which of them send new scores by themselves. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { SchoolClass } from '../answers.ts';
import type { SyncSettings } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { settingsWords } from '../messages/teacher-settings.ts';
import { note } from '../parts.ts';
import { changeStored } from './change-stored.ts';
import { ClassroomPart } from './classroom.ts';
import { option } from './option.ts';

type Auto = SyncSettings['autoSync'];
const autos = ['inherit', 'on', 'off'] as const;
/** A teacher has a handful of classes; of a token for a whole school only the first ones are asked one by one. */
const MOST = 20;

export class OtherSections extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    sections: { state: true },
    chosen: { state: true },
    saved: { state: true },
  };
  static override styles = [look, fieldLook];
  sections: { schoolClass: SchoolClass; autoSync: Auto }[] = [];
  /** by class: shown while it is being saved; if it is refused, what is stored is shown again */
  chosen: ReadonlyMap<string, Auto> = new Map();
  saved = '';

  override firstUpdated(): void {
    void this.attempt(async () => {
      const { items } = await this.room.api.some<SchoolClass>('classes', MOST);
      const others = items.filter(({ classId }) => classId !== this.room.classId).slice(0, MOST);
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
    this.chosen = new Map([...this.chosen, [classId, autoSync]]);
    void this.inTurn(async () => {
      const where = path`classes/${classId}/syncSettings`;
      const { autoSync: kept } = await changeStored<SyncSettings>(this.room.api, where, { autoSync });
      this.sections = this.sections.map((one) =>
        one.schoolClass.classId === classId ? { ...one, autoSync: kept } : one,
      );
    }).then(({ well, last }) => {
      if (last) this.chosen = new Map();
      if (!well) return;
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
              ${autos.map((value) => option(value, this.chosen.get(schoolClass.classId) ?? autoSync, named[value]))}
            </select></label
          >`,
      )}
      ${this.saved ? note('good', this.saved) : nothing}
    </section>`;
  }
}
customElements.define('other-sections', OtherSections);
