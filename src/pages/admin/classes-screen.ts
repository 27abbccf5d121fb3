/** Find a class, and see of it what its teacher sees. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Effective, Items, LineItem, SchoolClass, Student, Sync } from '../answers.ts';
import { commonWords } from '../messages/common.ts';
import { historyWords } from '../messages/admin-history.ts';
import { consoleWords } from '../messages/admin.ts';
import { pill } from '../parts.ts';
import { assignmentWord } from '../teacher/assignment-state.ts';
import { countWords, isByChoice } from '../words.ts';
import './assignment-cells.ts';
import { nameOf, to, type Console } from './console.ts';
import { reasonForAdmin } from './for-admin.ts';
import { Screen } from './screen.ts';

interface ClassLine extends SchoolClass {
  sourcedId: string | null;
  customId: string | null;
}
interface Enrolled extends Student {
  sourcedId: string | null;
  customId: string | null;
}

/** Which of the two ids stands for it in the SIS, as the district has decided. */
type IdOf = (one: { sourcedId: string | null; customId: string | null }) => string | null;

export class ClassesScreen extends Screen {
  static override properties = { found: { state: true }, shown: { state: true } };
  found: Items<ClassLine> = { items: [], nextCursor: null };
  shown: { of: ClassLine; idOf: IdOf; students: Enrolled[]; lineItems: LineItem[] } | null = null;

  protected override async load(): Promise<() => void> {
    const { api } = this.console;
    const id = this.params.get('id');
    if (id === null) {
      const found = await api.get<Items<ClassLine>>(this.listAt(null));
      return () => ([this.shown, this.found] = [null, found]);
    }
    const where = path`classes/${id}`;
    const [of, students, lineItems] = await Promise.all([
      api.get<ClassLine>(where),
      api.all<Enrolled>(`${where}/students`),
      api.all<LineItem>(`${where}/lineItems`),
    ]);
    const { effective } = await api.get<{ effective?: Effective }>(
      path`domains/${of.domainId}/settings` + '?effective=true',
    );
    const custom = effective?.['useCustomIds']?.value === true;
    const idOf: IdOf = ({ sourcedId, customId }) => (custom ? customId : sourcedId);
    return () => (this.shown = { of, idOf, students, lineItems });
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
    void this.readPart('more', async () => {
      const page = await this.console.api.get<Items<ClassLine>>(this.listAt(this.found.nextCursor));
      return () =>
        (this.found = { items: [...this.found.items, ...page.items], nextCursor: page.nextCursor });
    });
  }

  private sync(classId: string): void {
    void this.act('sync', async () => {
      const { id, status } = await this.console.api.post<Sync>(path`classes/${classId}/syncs`);
      // whoever looks at something else by now is left there
      if (this.isConnected) location.hash = to('history', { id });
      return status === 'awaitingConfirmation' ? commonWords().sync.waits : historyWords().synced;
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
                      ${[sourcedId, customId].filter((one) => one !== null).join(' · ') || words.noSisId}</span
                    >
                  </li>`,
              )}
            </ul>`
      }
      ${nextCursor === null ? nothing : html`<p>${this.button('more', consoleWords().more, () => this.more())}</p>`}
    </section>`;
  }

  private one({ of, idOf, students, lineItems }: NonNullable<ClassesScreen['shown']>) {
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
    const linked = active.filter((student) => idOf(student) !== null).length;
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
          ${fact(words.sisId, idOf(of) ?? words.noSisId)}
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
                ${pill(assignmentWord(item))}
                ${item.reason ? html`<br /><span class="small">${reasonForAdmin(item.reason, this.console.sis, isByChoice(item.state))}</span>` : nothing}
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
