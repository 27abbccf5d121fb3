/** Which category of the SIS each of the class's stands for. */
import { css, html, nothing } from 'lit';
import { path } from '../api.ts';
import type { CategoryMapping as Mapping, SisCategories } from './teacher-answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look, tableLook } from '../look.ts';
import { settingsWords } from '../messages/teacher-settings.ts';
import { messageOf, note, time } from '../parts.ts';
import { asRead, isStale } from './change-stored.ts';
import { ClassroomPart } from './classroom.ts';
import { option } from './option.ts';
import './mapping-copy.ts';
import { sameValues } from './stale-edit.ts';

type Suggestion = SisCategories['suggestions'][number];

export class CategoryMapping extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    categories: { state: true },
    mapping: { state: true },
    draft: { state: true },
    stale: { state: true },
    saved: { state: true },
  };
  static override styles = [
    look,
    tableLook,
    fieldLook,
    css`
      .box {
        overflow-x: auto;
        position: relative;
      }
    `,
  ];
  categories: SisCategories | null = null;
  mapping: Mapping = { map: {} };
  draft: Mapping = { map: {} };
  stale = false;
  saved = false;

  override firstUpdated(): void {
    void this.load(false);
  }

  private get where(): string {
    return path`classes/${this.room.classId}/categoryMapping`;
  }
  private get dirty(): boolean {
    return !sameValues(this.mapping, this.draft);
  }

  private async load(refresh: boolean): Promise<void> {
    await this.attempt(async () => {
      const { api, classId } = this.room;
      if (!refresh) this.mapping = this.draft = await api.get<Mapping>(this.where);
      this.stale = false;
      this.categories = await api.get<SisCategories>(
        path`classes/${classId}/sisCategories` + (refresh ? '?refresh=true' : ''),
      );
    });
  }

  private save(over: boolean): void {
    this.saved = false;
    void this.attempt(async () => {
      const { api } = this.room;
      const { value: there, etag } = await api.request<Mapping>('GET', this.where);
      if (!over && !sameValues(there, this.mapping)) {
        this.stale = true;
        return;
      }
      const { draft } = this;
      try {
        this.mapping = (await api.request<Mapping>('PUT', this.where, draft, asRead(etag))).value;
      } catch (error) {
        this.stale = isStale(error);
        if (this.stale) return;
        throw error;
      }
      // what was chosen while it was being saved stays
      this.saved = this.draft === draft;
      if (this.saved) this.draft = this.mapping;
      this.stale = false;
      this.room.announce(settingsWords().savedCategories);
      this.categories = await api.get<SisCategories>(path`classes/${this.room.classId}/sisCategories`);
      await this.room.changed();
    });
  }

  private choose(categoryId: string | null, sourcedId: string): void {
    this.saved = false;
    if (categoryId === null) {
      this.draft = { ...this.draft, default: sourcedId === '' ? null : sourcedId };
      return;
    }
    const { [categoryId]: _former, ...map } = this.draft.map;
    this.draft = { ...this.draft, map: sourcedId === '' ? map : { ...map, [categoryId]: sourcedId } };
  }

  override render() {
    const words = settingsWords();
    const { sis } = this.room;
    const { categories } = this;
    return html`<section class="card stack" aria-labelledby="categories">
      <div class="row apart">
        <h2 id="categories">${words.categories}</h2>
        <button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.load(true)}>
          ${words.refresh}
        </button>
      </div>
      <p>${words.categoriesWhy(sis)}</p>
      ${this.troubleNote()}
      ${categories ? this.table(categories) : html`<p class="quiet" aria-busy="true">${this.trouble ? nothing : words.loading(sis)}</p>`}
    </section>`;
  }

  private table(categories: SisCategories) {
    const words = settingsWords();
    const { sis } = this.room;
    if (categories.items.length === 0) return html`<p>${words.sisEmpty(sis)}</p>`;
    return html`<p class="small quiet">${words.readAt} ${time(categories.readAt)}</p>
      ${
        categories.suggestions.length === 0
          ? html`<p class="quiet">${words.empty}</p>`
          : html`<div class="box">
              <table class="table" role="table" aria-labelledby="categories">
                <thead role="rowgroup">
                  <tr role="row">
                    <th role="columnheader" scope="col">${words.yours}</th>
                    <th role="columnheader" scope="col">${words.sis(sis)}</th>
                  </tr>
                </thead>
                <tbody role="rowgroup">
                  ${categories.suggestions.map((one) => this.line(one, categories))}
                </tbody>
              </table>
            </div>`
      }
      <label class="field"
        >${words.fallback}
        ${this.select(categories, this.draft.default ?? '', words.noFallback, (to) => this.choose(null, to))}</label
      >
      ${
        this.stale
          ? html`<div role="alert">
              ${note(
                'warn',
                words.stale,
                html`<button @click=${() => this.load(false)}>${words.reload}</button
                  ><button @click=${() => this.save(true)}>${words.overwrite}</button>`,
              )}
            </div>`
          : nothing
      }
      ${this.saved ? note('good', words.savedCategories) : nothing}
      <div class="row">
        <button
          class="primary"
          aria-disabled=${!this.dirty || this.busy ? 'true' : nothing}
          @click=${() => this.dirty && this.save(false)}
        >
          ${words.save}
        </button>
        ${this.dirty ? html`<button @click=${() => (this.draft = this.mapping)}>${words.discard}</button>` : nothing}
      </div>
      <mapping-copy .room=${this.room} .data=${this.data} .unsaved=${this.dirty}></mapping-copy>`;
  }

  private line(one: Suggestion, categories: SisCategories) {
    const words = settingsWords();
    const chosen = this.draft.map[one.categoryId] ?? '';
    const byItself = one.how !== 'mapped' && one.sourcedId !== null ? one.sourcedId : null;
    const titleOf = (id: string) => categories.items.find((item) => item.sourcedId === id)?.title ?? id;
    const none = byItself === null ? words.none : words.byItself(titleOf(byItself));
    const now = categories.items.find(({ sourcedId }) => sourcedId === (chosen || one.sourcedId));
    return html`<tr role="row">
      <th role="rowheader" scope="row">${one.title}</th>
      <td role="cell">
        ${this.select(categories, chosen, none, (to) => this.choose(one.categoryId, to), `${one.title}: ${words.sis(this.room.sis)}`)}
        ${one.how && chosen === '' ? html`<div class="small quiet">${words.how[one.how]}</div>` : nothing}
        ${now?.formerly ? html`<div class="small quiet">${words.formerly(now.formerly)}</div>` : nothing}
        ${one.reason && chosen === '' ? html`<div class="small">${messageOf(one.reason)}</div>` : nothing}
        ${
          one.sourcedId === null && chosen === ''
            ? one.similar
                .slice(0, 1)
                .map(
                  ({ sourcedId, title }) =>
                    html`<button class="link" @click=${() => this.choose(one.categoryId, sourcedId)}>
                      ${words.similar(title)}
                    </button>`,
                )
            : nothing
        }
      </td>
    </tr>`;
  }

  private select(
    { items }: SisCategories,
    chosen: string,
    none: string,
    choose: (sourcedId: string) => void,
    name?: string,
  ) {
    const gone = chosen !== '' && !items.some(({ sourcedId }) => sourcedId === chosen);
    return html`<select
      aria-label=${name ?? nothing}
      @change=${(e: Event) => choose((e.target as HTMLSelectElement).value)}
    >
      ${option('', chosen, none)} ${gone ? option(chosen, chosen, settingsWords().gone(chosen)) : nothing}
      ${items.map(({ sourcedId, title }) => option(sourcedId, chosen, title))}
    </select>`;
  }
}
customElements.define('category-mapping', CategoryMapping);
