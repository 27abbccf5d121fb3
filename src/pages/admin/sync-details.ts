/** One sync: what came of it, why, and what happened to each assignment and score. */
import { html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { historyWords } from '../messages/admin-history.ts';
import { consoleWords } from '../messages/admin.ts';
import { messageOf, note, pill, time } from '../parts.ts';
import { duration, number, triggerWords, type Tone } from '../words.ts';
import type { PastSync, SyncCause, SyncDetails as Details, SyncEntry } from './admin-answers.ts';
import { to } from './console.ts';
import { download } from './download.ts';
import { reasonForAdmin } from './for-admin.ts';
import { Screen } from './screen.ts';

const REFRESH_MS = 2_000;
const MOST_MS = 30_000;
const PAGE = 25;
const MOST = 200;
export const syncTones: Record<PastSync['status'], Tone> = {
  awaitingConfirmation: 'warn',
  processing: 'busy',
  complete: 'good',
  completeWithProblems: 'warn',
  failed: 'bad',
  cancelled: 'plain',
};

export class SyncDetails extends Screen {
  static override properties = {
    syncId: { attribute: false },
    sync: { state: true },
    entries: { state: true },
    only: { state: true },
    lost: { state: true },
  };
  syncId = '';
  sync!: Details;
  entries: Items<SyncEntry> = { items: [], nextCursor: null };
  /** of one cause only: what is shown */
  only: SyncCause | null = null;
  /** what is to be shown, and may not have been read yet */
  #wanted: SyncCause | null = null;
  /** it goes on, and could not be read the last time */
  lost = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('syncId')) return;
    [this.only, this.#wanted, this.lost] = [null, null, false];
    void this.reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override async load(): Promise<() => void> {
    const { api } = this.console;
    const only = this.#wanted;
    const [sync, entries] = await Promise.all([
      api.get<Details>(path`syncs/${this.syncId}`),
      // as many as are shown
      api.get<Items<SyncEntry>>(
        this.entriesAt(only, null, Math.min(MOST, Math.max(PAGE, this.entries.items.length))),
      ),
    ]);
    return () => {
      [this.sync, this.entries, this.only, this.lost] = [sync, entries, only, false];
      this.followIn(REFRESH_MS);
    };
  }

  /** A sync under way is read again until it has ended, ever more seldom while it cannot be read. */
  private followIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.sync.status !== 'processing' || !this.isConnected) return;
    this.#timer = setTimeout(() => {
      void this.refresh().then(
        () => this.followIn(REFRESH_MS),
        () => {
          this.lost = true;
          this.followIn(Math.min(2 * ms, MOST_MS));
        },
      );
    }, ms);
  }

  private filter(only: SyncCause | null): string {
    return only ? path`code=${only.reason.code}&action=${only.action}` : '';
  }

  private entriesAt(only: SyncCause | null, cursor: string | null, limit = PAGE): string {
    const query = [this.filter(only), `limit=${limit}`, cursor === null ? '' : path`cursor=${cursor}`];
    return path`syncs/${this.syncId}` + `/entries?${query.filter(Boolean).join('&')}`;
  }

  private look(only: SyncCause | null): void {
    if (this.busy !== null) return;
    this.#wanted = only;
    void this.act('look', async () => {
      await this.refresh();
      return null;
    }).then((read) => {
      if (!read) this.#wanted = this.only;
    });
  }

  private more(): void {
    void this.readPart('more', async () => {
      const page = await this.console.api.get<Items<SyncEntry>>(
        this.entriesAt(this.only, this.entries.nextCursor, 100),
      );
      return () =>
        (this.entries = { items: [...this.entries.items, ...page.items], nextCursor: page.nextCursor });
    });
  }

  private press(what: 'retry' | 'cancel' | 'confirm'): void {
    void this.act(what, async () => {
      const words = historyWords();
      const { status, value } = await this.console.api.request<Details>(
        'POST',
        path`syncs/${this.syncId}` + `/${what}`,
        {},
      );
      if (what === 'retry') {
        // whoever looks at something else by now is left there
        if (this.isConnected) location.hash = to('history', { id: value.id });
        return words.retried;
      }
      await this.refresh();
      if (what === 'cancel') return words.cancelled;
      // 200: it would do something else by now, and waits for another confirmation
      return status === 200 ? words.changedMeanwhile : words.confirmed;
    });
  }

  protected override content(): unknown {
    const words = historyWords();
    const { sync } = this;
    const fact = (name: string, value: unknown) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
    const { summary } = sync;
    const took = sync.finishedAt ? (Date.parse(sync.finishedAt) - Date.parse(sync.startedAt)) / 1000 : null;
    return html`<p><a href=${to('history')}>${words.back}</a></p>
      <section class="card stack">
        <div class="row apart">
          <h2><a href=${to('classes', { id: sync.classId })}>${sync.classTitle}</a></h2>
          ${pill({ tone: syncTones[sync.status], word: words.statuses[sync.status] })}
        </div>
        <p class="quiet">
          ${time(sync.startedAt)} · ${triggerWords(sync)} ${sync.dryRun ? html`· ${words.dry}` : nothing}
        </p>
        ${this.lost ? note('warn', words.lost) : nothing}
        ${sync.waitingFor ? note('warn', messageOf(sync.waitingFor)) : nothing}
        <dl class="facts">
          ${fact(words.sent, number(summary.sent))} ${fact(words.unchanged, number(summary.unchanged))}
          ${fact(words.skipped, number(summary.filtered))} ${fact(words.failed, number(summary.failed))}
          ${summary.conflicts > 0 ? fact(words.conflicts, number(summary.conflicts)) : nothing}
          ${summary.pending > 0 ? fact(words.pending, number(summary.pending)) : nothing}
          ${took === null ? nothing : fact(words.duration, duration(took))}
          ${fact(words.id, html`<code>${sync.id}</code>`)}
        </dl>
        <div class="row">
          ${sync.status === 'awaitingConfirmation' ? this.button('confirm', words.confirm, () => this.press('confirm'), { primary: true }) : nothing}
          ${summary.failed > 0 && sync.finishedAt && !sync.dryRun ? this.button('retry', words.retry, () => this.press('retry')) : nothing}
          ${sync.finishedAt === null ? this.button('cancel', words.cancel, () => this.press('cancel')) : nothing}
        </div>
      </section>
      ${this.causes()} ${this.list()}`;
  }

  private causes() {
    const words = historyWords();
    const { causes } = this.sync;
    if (causes.length === 0) return nothing;
    return html`<section class="card stack" aria-labelledby="causes">
      <h2 id="causes">${words.causes}</h2>
      <ul class="plain lines">
        ${causes.map(
          (cause) =>
            html`<li>
              ${reasonForAdmin(cause.reason, this.console.sis, cause.severity === 'choice')}
              <p class="quiet small">
                ${words.severities[cause.severity]} · ${words.times(cause.count)}
                ${cause.examples.length > 0 ? html`· ${cause.examples.join(', ')}` : nothing} ·
                <code>${cause.reason.code}</code>
              </p>
              <button class="link" @click=${() => this.look(cause)}>
                ${words.onlyThese}<span class="hidden"> – ${messageOf(cause.reason)}</span>
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private list() {
    const words = historyWords();
    const { items, nextCursor } = this.entries;
    const csv = () =>
      this.act('csv', () =>
        download(
          this.console.api,
          path`syncs/${this.syncId}` + `/entries.csv?${this.filter(this.only)}`,
          `sync-${this.syncId}.csv`,
        ).then(() => null),
      );
    return html`<section class="card stack" aria-labelledby="entries">
      <div class="row apart">
        <h2 id="entries">${words.entries}</h2>
        ${items.length > 0 ? this.button('csv', words.download, csv) : nothing}
      </div>
      ${
        this.only
          ? html`<p>
              ${words.only('')} ${messageOf(this.only.reason)}
              <button class="link" @click=${() => this.look(null)}>${words.allEntries}</button>
            </p>`
          : nothing
      }
      ${items.length === 0 ? html`<p class="quiet">${words.noEntries}</p>` : this.table(items)}
      ${nextCursor === null ? nothing : html`<p>${this.button('more', consoleWords().more, () => this.more())}</p>`}
    </section>`;
  }

  private table(items: SyncEntry[]) {
    const words = historyWords();
    return html`<table class="table" role="table" aria-label=${words.entries}>
      <thead role="rowgroup">
        <tr role="row">
          ${[words.assignment, words.student, words.action].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${items.map(
          (entry) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${entry.title ?? entry.lineItemId}</th>
              <td role="cell">
                <span class="label">${words.student}</span>
                ${entry.studentId ?? html`<span class="quiet">${words.wholeAssignment}</span>`}
              </td>
              <td role="cell">
                <span class="label">${words.action}</span> ${words.actions[entry.action]}
                ${entry.reason ? html`– ${messageOf(entry.reason)}` : nothing}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
customElements.define('sync-details', SyncDetails);
