/** What a teacher decides for the whole class: by itself or not, who counts in a conflict, the categories. */
import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { path } from '../api.ts';
import type { SyncSettings } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look } from '../look.ts';
import { reviewWords } from '../messages/teacher-review.ts';
import { settingsWords } from '../messages/teacher-settings.ts';
import { fixOf, messageOf, note } from '../parts.ts';
import './category-mapping.ts';
import { changeStored } from './change-stored.ts';
import './other-sections.ts';
import { holdUpOf } from './class-data.ts';
import { ClassroomPart } from './classroom.ts';
import { option } from './option.ts';
import { SMALL_RUN, skipSmallRuns, skipsSmallRuns } from './small-runs.ts';

const autos = ['inherit', 'on', 'off'] as const;
const policies = ['inherit', 'ask', 'lmsWins', 'keepSis'] as const;

export class ClassSettings extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    settings: { state: true },
    chosen: { state: true },
    saved: { state: true },
  };
  static override styles = [look, fieldLook];
  settings: SyncSettings | null = null;
  /** shown while it is being saved; if it is refused, what is stored is shown again */
  chosen: Partial<SyncSettings> = {};
  saved = false;

  override firstUpdated(): void {
    void this.attempt(async () => {
      this.settings = await this.room.api.get<SyncSettings>(path`classes/${this.room.classId}/syncSettings`);
    });
  }

  private save(change: Partial<SyncSettings>): void {
    this.saved = false;
    this.chosen = { ...this.chosen, ...change };
    void this.inTurn(async () => {
      const where = path`classes/${this.room.classId}/syncSettings`;
      this.settings = await changeStored<SyncSettings>(this.room.api, where, change);
      await this.room.changed();
    }).then(({ well, last }) => {
      if (!last) return;
      this.chosen = {};
      this.saved = well;
      if (well) this.room.announce(settingsWords().saved);
    });
  }

  override render() {
    const words = settingsWords();
    return html`<div class="stack">
      <section class="card stack" aria-labelledby="automatic">
        <h2 id="automatic">${words.automatic}</h2>
        ${this.troubleNote()}
        ${this.settings ? this.choices({ ...this.settings, ...this.chosen }) : html`<p aria-busy="true"></p>`}
        ${this.saved ? note('good', words.saved) : nothing}
      </section>
      <other-sections .room=${this.room} .data=${this.data}></other-sections>
      <category-mapping .room=${this.room} .data=${this.data}></category-mapping>
    </div>`;
  }

  private choices({ autoSync, conflictPolicy }: SyncSettings) {
    const words = settingsWords();
    const { sending } = this.data;
    const fixed =
      sending.sending !== 'on' && sending.sending !== 'paused' ? holdUpOf(this.data.assignments) : null;
    const label = {
      inherit: words.inherit(sending.automatic.byDomain),
      on: words.on,
      off: words.off,
    };
    const policy = { inherit: words.policyInherit, ...words.policies };
    return html`${fixed ? note('warn', html`${words.fixed} ${messageOf(fixed)} ${fixOf(fixed)}`) : nothing}
      <fieldset ?disabled=${fixed !== null}>
        <legend class="hidden">${words.automatic}</legend>
        ${autos.map(
          (value) =>
            html`<label class="tick"
              ><input
                type="radio"
                name="auto"
                .checked=${live(autoSync === value)}
                @change=${() => this.save({ autoSync: value })}
              /><span>${label[value]}</span></label
            >`,
        )}
      </fieldset>
      <label class="field"
        >${words.conflicts(this.room.sis)}
        <select
          @change=${(e: Event) =>
            this.save({
              conflictPolicy: (e.target as HTMLSelectElement).value as SyncSettings['conflictPolicy'],
            })}
        >
          ${policies.map((value) => option(value, conflictPolicy, policy[value]))}
        </select></label
      >
      <label class="tick"
        ><input
          type="checkbox"
          .checked=${skipsSmallRuns()}
          @change=${(e: Event) => skipSmallRuns((e.target as HTMLInputElement).checked)}
        /><span>${reviewWords().small(SMALL_RUN)}</span></label
      >`;
  }
}
customElements.define('class-settings', ClassSettings);
