/** To which category of the SIS a category goes by its title, wherever a class has chosen none. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { consoleWords } from '../messages/admin.ts';
import { careWords } from '../messages/admin-care.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { note } from '../parts.ts';
import type { CategoryMapping, SisCategories } from './admin-answers.ts';
import { categoryChoice } from './category-choice.ts';
import './class-choice.ts';
import type { Console } from './console.ts';
import { clashesOf, merged, same } from './merge.ts';
import { Screen } from './screen.ts';
import { textField } from './text-field.ts';

/** What was typed and not saved when somebody looked at another screen, and what it was typed into. */
interface Left {
  domainId: string;
  stored: CategoryMapping;
  draft: CategoryMapping;
  newTitle: string;
  target: string;
}
let left: Left | null = null;

export class CategoriesScreen extends Screen {
  static override properties = {
    stored: { state: true },
    draft: { state: true },
    sis: { state: true },
    newTitle: { state: true },
    target: { state: true },
    saved: { state: true },
    reading: { state: true },
    missing: { state: true },
    clashing: { state: true },
  };
  stored: CategoryMapping = { map: {} };
  draft: CategoryMapping = { map: {} };
  /** what the SIS has in one class; null: nobody has looked */
  sis: SisCategories | null = null;
  reading = false;
  /** what is about to be added */
  newTitle = '';
  target = '';
  /** the field of it that is still empty, though it was to be added */
  missing: 'title' | 'target' | null = null;
  saved = false;
  /** what somebody else has changed too, and to something else */
  clashing: string[] = [];
  #looks = 0;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/categoryMapping`;
  }
  private get dirty(): boolean {
    return !same(this.stored, this.draft) || this.newTitle.trim() !== '' || this.target !== '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { domainId } = this.console.domain;
    if (left?.domainId === domainId)
      ({ stored: this.stored, draft: this.draft, newTitle: this.newTitle, target: this.target } = left);
    left = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    const { stored, draft, newTitle, target } = this;
    if (this.dirty) left = { domainId: this.console.domain.domainId, stored, draft, newTitle, target };
  }

  override updated(): void {
    this.console.unsaved('categories', this.dirty);
  }

  protected override async load(): Promise<() => void> {
    const stored = await this.console.api.get<CategoryMapping>(this.where);
    return () => {
      this.clashing = this.clashes(stored);
      this.draft = merged(this.stored, this.draft, stored) as CategoryMapping;
      this.stored = stored;
    };
  }

  /** The SIS may take its time; what is shown is of the class that was chosen last. */
  private async look(classId: string): Promise<void> {
    const look = ++this.#looks;
    [this.sis, this.trouble, this.reading] = [null, null, classId !== ''];
    if (classId === '') return;
    try {
      const sis = await this.console.api.get<SisCategories>(path`classes/${classId}/sisCategories`);
      if (look === this.#looks) this.sis = sis;
    } catch (error) {
      if (look === this.#looks) this.refused(error);
    } finally {
      if (look === this.#looks) this.reading = false;
    }
  }

  private set(title: string, sourcedId: string): void {
    const { [title]: _former, ...map } = this.draft.map;
    this.draft = { ...this.draft, map: sourcedId === '' ? map : { ...map, [title]: sourcedId } };
    this.saved = false;
  }

  /** Takes the line that is being typed into the others; one that is not whole is not taken, and says what it lacks. */
  private take(): boolean {
    const title = this.newTitle.trim();
    this.missing = title === '' ? 'title' : this.target === '' ? 'target' : null;
    if (this.missing !== null) {
      this.focusSoon(`#${this.missing}`);
      return false;
    }
    this.set(title, this.target);
    [this.newTitle, this.target] = ['', ''];
    return true;
  }

  private add = (event: Event) => {
    event.preventDefault();
    if (this.take()) this.focusSoon('#title');
  };

  private save(): void {
    // a line that was filled in and not added is meant too
    if ((this.newTitle.trim() !== '' || this.target !== '') && !this.take()) return;
    void this.act('save', async () => {
      const { api } = this.console;
      // what somebody else has changed since it was read is kept
      const theirs = await api.request<CategoryMapping>('GET', this.where);
      const sent = this.draft;
      const both = merged(this.stored, sent, theirs.value) as CategoryMapping;
      this.clashing = this.clashes(theirs.value);
      if (this.clashing.length > 0) {
        // who decides must see it first
        [this.stored, this.draft] = [theirs.value, both];
        return this.onTopWords();
      }
      const only = theirs.etag === null ? {} : { 'if-match': theirs.etag };
      this.stored = (await api.request<CategoryMapping>('PUT', this.where, both, only)).value;
      // what was changed since stays to be saved
      this.draft = merged(sent, this.draft, this.stored) as CategoryMapping;
      this.saved = true;
      return careWords().mappingSaved;
    });
  }

  private clashes(theirs: CategoryMapping): string[] {
    const { stored, draft } = this;
    const others = (one: CategoryMapping) => ({ [careWords().fallback]: one.default ?? null });
    return [
      ...clashesOf(stored.map, draft.map, theirs.map),
      ...clashesOf(others(stored), others(draft), others(theirs)),
    ];
  }

  private onTopWords(): string {
    const words = settingsWords();
    return `${words.onTop} ${words.clashing(this.clashing.join(', '))}`;
  }

  protected override content(): unknown {
    const words = careWords();
    const { sis, domain } = this.console;
    const below = domain.parentId !== null;
    const titles = Object.keys(this.draft.map).sort((a, b) => a.localeCompare(b));
    const choose = (e: CustomEvent<string>) => void this.look(e.detail);
    return html`<section class="card stack">
        <p>${words.mappingIntro(sis)} ${below ? words.mappingAbove : nothing}</p>
        <class-choice
          .console=${this.console}
          .name=${words.readFrom(sis)}
          .none=${words.noClass}
          @choose=${choose}
        ></class-choice>
        ${
          this.sis === null
            ? html`<p class="quiet small" aria-busy=${this.reading ? 'true' : 'false'}>
                ${this.reading ? consoleWords().loading : words.byId}
              </p>`
            : this.sis.items.length === 0
              ? note('warn', words.noCategories)
              : nothing
        }
      </section>
      <section class="card stack" aria-labelledby="mapped">
        <h2 id="mapped">${words.mapped}</h2>
        ${titles.length === 0 ? html`<p class="quiet">${words.noneMapped}</p>` : this.table(titles)}
        <form class="filters" @submit=${this.add}>
          ${textField({
            ...{ id: 'title', name: words.addTitle, value: this.newTitle },
            typed: (text) => ([this.newTitle, this.missing] = [text, null]),
            missing: this.missing === 'title' ? words.missing.title : undefined,
          })}
          ${categoryChoice(this.sis, {
            ...{ id: 'target', name: words.inSis(sis), chosen: this.target, none: words.choose },
            choose: (id) => ([this.target, this.missing] = [id, null]),
            missing: this.missing === 'target' ? words.missing.target : undefined,
          })}
          <div><button>${words.add}</button></div>
        </form>
        ${categoryChoice(this.sis, {
          ...{ id: 'default', name: words.fallback, chosen: this.draft.default ?? '' },
          none: below ? words.fallbackAbove : words.noFallback,
          choose: (id) => {
            this.draft = { ...this.draft, default: id || null };
            this.saved = false;
          },
        })}
        ${this.saved && !this.dirty ? note('good', words.mappingSaved) : nothing}
        ${this.clashing.length > 0 && this.dirty ? note('plain', this.onTopWords()) : nothing}
        <div class="row">
          ${this.button('save', words.save, () => this.save(), { primary: true })}
          ${this.dirty ? this.button('discard', words.discard, () => this.discard()) : nothing}
        </div>
      </section>`;
  }

  private discard(): void {
    this.draft = this.stored;
    [this.newTitle, this.target, this.missing, this.clashing] = ['', '', null, []];
    this.focusSoon('[data-name=save]');
  }

  private table(titles: string[]) {
    const words = careWords();
    const { sis } = this.console;
    return html`<table class="table" role="table" aria-labelledby="mapped">
      <thead role="rowgroup">
        <tr role="row">
          ${[words.title, words.inSis(sis), words.actions].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${titles.map(
          (title) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${title}</th>
              <td role="cell">
                <span class="label">${words.inSis(sis)}</span> ${this.named(this.draft.map[title] ?? '')}
              </td>
              <td role="cell">
                ${this.button(
                  `remove ${title}`,
                  words.remove,
                  () => {
                    this.set(title, '');
                    this.focusSoon('#title');
                  },
                  { about: title },
                )}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private named(sourcedId: string): unknown {
    const found = this.sis?.items.find((item) => item.sourcedId === sourcedId);
    return found ? found.title : html`<code>${sourcedId}</code>`;
  }
}
customElements.define('categories-screen', CategoriesScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<categories-screen .console=${console} .params=${params}></categories-screen>`;
