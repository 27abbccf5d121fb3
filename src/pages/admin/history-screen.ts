/** What was sent, when, by whom, and how it went: the list with its filters. One sync is in sync-details.ts. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { historyWords } from '../messages/admin-history.ts';
import { consoleWords } from '../messages/admin.ts';
import { pill, time } from '../parts.ts';
import { number, triggerWords } from '../words.ts';
import type { PastSync } from './admin-answers.ts';
import { nameOf, to, type Console } from './console.ts';
import { download } from './download.ts';
import { Screen } from './screen.ts';
import { syncTones } from './sync-details.ts';

const FILTERS = ['text', 'status', 'trigger', 'startedBy', 'since', 'school', 'classId'] as const;
type Filter = (typeof FILTERS)[number];

export class HistoryScreen extends Screen {
  static override properties = { syncs: { state: true }, nextCursor: { state: true } };
  syncs: PastSync[] = [];
  nextCursor: string | null = null;
  /** on a phone the list comes first */
  readonly #roomy = matchMedia('(min-width: 40rem)').matches;

  private get filters(): Partial<Record<Filter, string>> {
    const given: Partial<Record<Filter, string>> = {};
    for (const name of FILTERS) given[name] = this.params.get(name) ?? '';
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  }

  private query(): string {
    const { school, since, ...others } = this.filters;
    const all = {
      domainId: school ?? this.console.domain.domainId,
      ...others,
      // a day begins where its reader is
      ...(since ? { since: new Date(`${since}T00:00:00`).toISOString() } : {}),
    };
    return new URLSearchParams(all).toString();
  }

  protected override async load(): Promise<() => void> {
    if (this.params.has('id')) return () => undefined;
    const page = await this.console.api.get<Items<PastSync>>(`syncs?${this.query()}&limit=50`);
    return () => ([this.syncs, this.nextCursor] = [page.items, page.nextCursor]);
  }

  private more(): void {
    void this.readPart('more', async () => {
      const where = `syncs?${this.query()}&limit=50` + path`&cursor=${this.nextCursor ?? ''}`;
      const page = await this.console.api.get<Items<PastSync>>(where);
      return () => ([this.syncs, this.nextCursor] = [[...this.syncs, ...page.items], page.nextCursor]);
    });
  }

  /** Filters stand in the address: what is looked at can be kept, and gone back to. */
  private filter = (event: Event) => {
    event.preventDefault();
    const typed = new FormData(event.target as HTMLFormElement);
    const wanted = FILTERS.map((name): [string, string] => {
      const value = typed.get(name);
      return [name, typeof value === 'string' ? value.trim() : (this.filters[name] ?? '')];
    });
    location.hash = to('history', Object.fromEntries(wanted));
  };

  protected override content(): unknown {
    const id = this.params.get('id');
    if (id !== null) return html`<sync-details .console=${this.console} .syncId=${id}></sync-details>`;
    const words = historyWords();
    const filtered = Object.keys(this.filters).length > 0;
    return html`<section class="card stack">
      <details ?open=${filtered || this.#roomy}>
        <summary>${words.filters}</summary>
        ${this.form(filtered)}
      </details>
      ${
        this.syncs.length === 0
          ? html`<p class="quiet">${filtered ? words.noneSuch : words.none}</p>`
          : this.table()
      }
      <div class="row">
        ${this.nextCursor === null ? nothing : this.button('more', consoleWords().more, () => this.more())}
        ${
          this.syncs.length === 0
            ? nothing
            : this.button('csv', words.download, () =>
                this.act('csv', () =>
                  download(this.console.api, `syncs.csv?${this.query()}`, 'syncs.csv').then(() => null),
                ),
              )
        }
      </div>
    </section>`;
  }

  private form(filtered: boolean) {
    const words = historyWords();
    const { text = '', status = '', trigger = '', startedBy = '', since = '', school = '' } = this.filters;
    const choice = (name: string, label: string, now: string, options: [string, string][]) =>
      html`<div class="field">
        <label for=${name}>${label}</label>
        <select id=${name} name=${name}>
          <option value="">${words.any}</option>
          ${options.map(
            ([value, word]) => html`<option value=${value} .selected=${value === now}>${word}</option>`,
          )}
        </select>
      </div>`;
    const field = (name: string, label: string, now: string, type = 'search') =>
      html`<div class="field">
        <label for=${name}>${label}</label>
        <input id=${name} name=${name} type=${type} autocomplete="off" .value=${now} />
      </div>`;
    const below = this.console.domains
      .filter(({ domainId }) => domainId !== this.console.domain.domainId)
      .map(({ domainId, name }): [string, string] => [domainId, name]);
    return html`<form class="filters" role="search" aria-label=${words.filters} @submit=${this.filter}>
      ${field('text', words.anyWord, text)}
      ${choice('status', words.status, status, Object.entries(words.statuses))}
      ${choice('trigger', words.trigger, trigger, Object.entries(words.triggers))}
      ${field('startedBy', words.who, startedBy)} ${field('since', words.since, since, 'date')}
      ${below.length > 0 ? choice('school', consoleWords().viewing, school, below) : nothing}
      <div class="row">
        <button>${words.show}</button>
        ${filtered ? html`<a href=${to('history')}>${words.clear}</a>` : nothing}
      </div>
    </form>`;
  }

  private table() {
    const words = historyWords();
    const names = [words.klass, words.started, words.result, words.sent, words.skipped, words.problems];
    return html`<table class="table" role="table" aria-label=${words.caption}>
      <thead role="rowgroup">
        <tr role="row">
          ${names.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${this.syncs.map((sync) => this.row(sync))}
      </tbody>
    </table>`;
  }

  private row(sync: PastSync) {
    const words = historyWords();
    const { counts } = sync;
    const count = (name: string, n: number) =>
      html`<td role="cell" class="tight"><span class="label">${name}</span> ${number(n)}</td>`;
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        <a href=${to('history', { id: sync.id })}>${sync.classTitle}</a><br />
        <span class="quiet small">${nameOf(this.console.domains, sync.domainId)}</span>
      </th>
      <td role="cell">
        <span class="label">${words.started}</span> ${time(sync.startedAt)}<br />
        <span class="quiet small">${triggerWords(sync)}</span>
      </td>
      <td role="cell">
        <span class="label">${words.result}</span>
        ${pill({ tone: syncTones[sync.status], word: words.statuses[sync.status] })}
        ${sync.dryRun ? html`<br /><span class="quiet small">${words.dry}</span>` : nothing}
      </td>
      ${count(words.sent, counts.created + counts.updated)} ${count(words.skipped, counts.skipped)}
      ${count(words.problems, counts.failed + counts.conflicts)}
    </tr>`;
  }
}
customElements.define('history-screen', HistoryScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<history-screen .console=${console} .params=${params}></history-screen>`;
