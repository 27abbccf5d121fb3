/** To which category of the SIS a category goes by its title, wherever a class has chosen none. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import { careWords } from '../messages/admin-care.ts';
import { note } from '../parts.ts';
import type { CategoryMapping, SisCategories } from './admin-answers.ts';
import './class-choice.ts';
import type { Console } from './console.ts';
import { merged, same } from './merge.ts';
import { Screen } from './screen.ts';
import { textField } from './text-field.ts';

export class CategoriesScreen extends Screen {
  static override properties = {
    stored: { state: true },
    draft: { state: true },
    sis: { state: true },
    newTitle: { state: true },
    target: { state: true },
    saved: { state: true },
  };
  stored: CategoryMapping = { map: {} };
  draft: CategoryMapping = { map: {} };
  /** what the SIS has in one class; null: nobody has looked */
  sis: SisCategories | null = null;
  /** what is about to be added */
  newTitle = '';
  target = '';
  saved = false;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/categoryMapping`;
  }
  private get dirty(): boolean {
    return !same(this.stored, this.draft);
  }

  protected override async load(): Promise<() => void> {
    const stored = await this.console.api.get<CategoryMapping>(this.where);
    return () => {
      this.draft = merged(this.stored, this.draft, stored) as CategoryMapping;
      this.stored = stored;
    };
  }

  private look(classId: string): void {
    if (classId === '') return;
    void this.readPart('look', async () => {
      const sis = await this.console.api.get<SisCategories>(path`classes/${classId}/sisCategories`);
      return () => (this.sis = sis);
    });
  }

  private set(title: string, sourcedId: string): void {
    const { [title]: _former, ...map } = this.draft.map;
    this.draft = { ...this.draft, map: sourcedId === '' ? map : { ...map, [title]: sourcedId } };
    this.saved = false;
  }

  private add = (event: Event) => {
    event.preventDefault();
    const title = this.newTitle.trim();
    if (title === '' || this.target === '') return;
    this.set(title, this.target);
    [this.newTitle, this.target] = ['', ''];
    this.focusSoon('#title');
  };

  private save(): void {
    void this.act('save', async () => {
      const { api } = this.console;
      // what somebody else has changed since it was read is kept
      const theirs = await api.request<CategoryMapping>('GET', this.where);
      const sent = this.draft;
      const both = merged(this.stored, sent, theirs.value);
      const only = theirs.etag === null ? {} : { 'if-match': theirs.etag };
      this.stored = (await api.request<CategoryMapping>('PUT', this.where, both, only)).value;
      // what was changed since stays to be saved
      this.draft = merged(sent, this.draft, this.stored) as CategoryMapping;
      this.saved = true;
      return careWords().mappingSaved;
    });
  }

  protected override content(): unknown {
    const words = careWords();
    const { sis } = this.console;
    const titles = Object.keys(this.draft.map).sort((a, b) => a.localeCompare(b));
    const choose = (e: CustomEvent<string>) => this.look(e.detail);
    return html`<section class="card stack">
        <p>${words.mappingIntro(sis)}</p>
        <class-choice
          .console=${this.console}
          .name=${words.readFrom(sis)}
          .none=${words.noClass}
          @choose=${choose}
        ></class-choice>
        ${
          this.sis === null
            ? html`<p class="quiet small">${words.byId}</p>`
            : this.sis.items.length === 0
              ? note('warn', words.noCategories)
              : nothing
        }
      </section>
      <section class="card stack" aria-labelledby="mapped">
        <h2 id="mapped">${words.mapped}</h2>
        ${titles.length === 0 ? html`<p class="quiet">${words.noneMapped}</p>` : this.table(titles)}
        <form class="filters" @submit=${this.add}>
          ${textField({ id: 'title', name: words.addTitle, value: this.newTitle, typed: (text) => (this.newTitle = text) })}
          ${this.choice('target', words.inSis(sis), this.target, words.choose, (id) => (this.target = id))}
          <div><button>${words.add}</button></div>
        </form>
        ${this.choice('default', words.fallback, this.draft.default ?? '', words.noFallback, (id) => {
          this.draft = { ...this.draft, default: id || null };
          this.saved = false;
        })}
        ${this.saved && !this.dirty ? note('good', words.mappingSaved) : nothing}
        <div class="row">
          ${this.button('save', words.save, () => this.save(), { primary: true })}
          ${this.dirty ? this.button('discard', words.discard, () => this.discard()) : nothing}
        </div>
      </section>`;
  }

  private discard(): void {
    this.draft = this.stored;
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

  /** One of those that the SIS has, where somebody has looked; else its id as it is typed. */
  private choice(id: string, name: string, chosen: string, none: string, choose: (id: string) => void) {
    const items = this.sis?.items ?? [];
    if (items.length === 0)
      return textField({
        id,
        name,
        value: chosen,
        typed: (text) => choose(text.trim()),
      });
    const gone = chosen !== '' && !items.some(({ sourcedId }) => sourcedId === chosen);
    return html`<div class="field">
      <label for=${id}>${name}</label>
      <select id=${id} @change=${(e: Event) => choose((e.target as HTMLSelectElement).value)}>
        <option value="" .selected=${chosen === ''}>${none}</option>
        ${gone ? html`<option value=${chosen} .selected=${true}>${chosen}</option>` : nothing}
        ${items.map(
          ({ sourcedId, title }) =>
            html`<option value=${sourcedId} .selected=${sourcedId === chosen}>${title}</option>`,
        )}
      </select>
    </div>`;
  }
}
customElements.define('categories-screen', CategoriesScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<categories-screen .console=${console} .params=${params}></categories-screen>`;
