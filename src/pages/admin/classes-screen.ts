/** Find a class, and see of it what its teacher sees. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items, LineItem, SchoolClass, Student } from '../answers.ts';
import { historyWords } from '../messages/admin-history.ts';
import { consoleWords } from '../messages/admin.ts';
import { pill, reasonText } from '../parts.ts';
import { countWords, isByChoice, stateWord } from '../words.ts';
import './assignment-cells.ts';
import { nameOf, to, type Console } from './console.ts';
import { Screen } from './screen.ts';

interface ClassLine extends SchoolClass {
  sourcedId: string | null;
  customId: string | null;
}
interface Enrolled extends Student {
  sourcedId: string | null;
  customId: string | null;
}

export class ClassesScreen extends Screen {
  static override properties = { found: { state: true }, shown: { state: true } };
  found: Items<ClassLine> = { items: [], nextCursor: null };
  shown: { of: ClassLine; students: Enrolled[]; lineItems: LineItem[] } | null = null;

  protected override async load(): Promise<void> {
    const { api } = this.console;
    const id = this.params.get('id');
    if (id === null) {
      this.shown = null;
      this.found = await api.get<Items<ClassLine>>(this.listAt(null));
      return;
    }
    const where = path`classes/${id}`;
    const [of, students, lineItems] = await Promise.all([
      api.get<ClassLine>(where),
      api.all<Enrolled>(`${where}/students`),
      api.all<LineItem>(`${where}/lineItems`),
    ]);
    this.shown = { of, students, lineItems };
  }

  private listAt(cursor: string | null): string {
    const text = this.params.get('text') ?? '';
    return (
      path`classes?domainId=${this.console.domain.domainId}` +
      (text === '' ? '' : path`&text=${text}`) +
      (cursor === null ? '' : path`&cursor=${cursor}`) +
      '&limit=50'
    );
  }

  private more(): void {
    void this.act('more', async () => {
      const page = await this.console.api.get<Items<ClassLine>>(this.listAt(this.found.nextCursor));
      this.found = { items: [...this.found.items, ...page.items], nextCursor: page.nextCursor };
      return null;
    });
  }

  private sync(classId: string): void {
    void this.act('sync', async () => {
      const { id } = await this.console.api.post<{ id: string }>(path`classes/${classId}/syncs`);
      location.hash = to('history', { id });
      return historyWords().synced;
    });
  }

  protected override content(): unknown {
    return this.shown ? this.one(this.shown) : this.list();
  }

  private list() {
    const words = historyWords();
    const find = (event: Event) => {
      event.preventDefault();
      const text = new FormData(event.target as HTMLFormElement).get('text');
      location.hash = to('classes', { text: typeof text === 'string' ? text.trim() : '' });
    };
    const { items, nextCursor } = this.found;
    return html`<section class="card stack">
      <form class="row" role="search" @submit=${find}>
        <div class="field">
          <label for="text">${words.find}</label>
          <input
            id="text"
            name="text"
            type="search"
            autocomplete="off"
            .value=${this.params.get('text') ?? ''}
          />
        </div>
        <button>${words.findButton}</button>
      </form>
      ${
        items.length === 0
          ? html`<p class="quiet">${words.noneFound}</p>`
          : html`<ul class="plain lines">
              ${items.map(
                ({ classId, title, domainId, sourcedId, customId }) =>
                  html`<li>
                    <a href=${to('classes', { id: classId })}>${title}</a><br />
                    <span class="quiet small"
                      >${nameOf(this.console.domains, domainId)} ·
                      ${(sourcedId ?? customId) === null ? words.noSisId : (sourcedId ?? customId)}</span
                    >
                  </li>`,
              )}
            </ul>`
      }
      ${nextCursor === null ? nothing : html`<p>${this.button('more', consoleWords().more, () => this.more())}</p>`}
    </section>`;
  }

  private one({ of, students, lineItems }: NonNullable<ClassesScreen['shown']>) {
    const item = lineItems.find(({ lineItemId }) => lineItemId === this.params.get('item'));
    if (item)
      return html`<assignment-cells
        .console=${this.console}
        .classId=${of.classId}
        .item=${item}
        .students=${students}
      ></assignment-cells>`;
    const words = historyWords();
    const active = students.filter((student) => student.active);
    const linked = active.filter(({ sourcedId, customId }) => (sourcedId ?? customId) !== null).length;
    const fact = (name: string, value: unknown) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
    return html`<p><a href=${to('classes')}>${words.allClasses}</a></p>
      <section class="card stack">
        <h2>${of.title}</h2>
        <p class="quiet small">${words.readOnly}</p>
        <dl class="facts">
          ${fact(words.school, nameOf(this.console.domains, of.domainId))}
          ${fact(words.sisId, of.sourcedId ?? of.customId ?? words.noSisId)}
          ${fact(words.students, words.linked(linked, active.length))}
        </dl>
        <div class="row">
          ${this.button('sync', words.sync, () => this.sync(of.classId))}
          <a href=${to('history', { classId: of.classId })}>${words.syncs}</a>
        </div>
      </section>
      <section class="card stack" aria-labelledby="items">
        <h2 id="items">${words.assignments}</h2>
        ${lineItems.length === 0 ? html`<p class="quiet">${words.noAssignments}</p>` : this.table(of.classId, lineItems)}
      </section>`;
  }

  private table(classId: string, lineItems: LineItem[]) {
    const words = historyWords();
    return html`<table class="table" role="table" aria-labelledby="items">
      <thead role="rowgroup">
        <tr role="row">
          ${[words.assignment, words.state, words.scores].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${lineItems.map(
          (item) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">
                <a href=${to('classes', { id: classId, item: item.lineItemId })}>${item.title}</a>
              </th>
              <td role="cell">
                <span class="label">${words.state}</span>
                ${pill(stateWord(item.state, item.lastSentAt !== null))}
                ${item.reason ? html`<br /><span class="small">${reasonText(item.reason, this.console.sis, isByChoice(item.state))}</span>` : nothing}
              </td>
              <td role="cell"><span class="label">${words.scores}</span> ${countWords(item.cells)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
customElements.define('classes-screen', ClassesScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<classes-screen .console=${console} .params=${params}></classes-screen>`;
