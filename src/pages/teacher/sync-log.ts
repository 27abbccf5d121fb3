/** What was sent, when, by whom, and what came of it. */
import { css, html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Items, Sync } from '../answers.ts';
import { fieldLook } from '../dialog-look.ts';
import { look, tableLook } from '../look.ts';
import { logWords } from '../messages/teacher-log.ts';
import { pill, time } from '../parts.ts';
import { duration, number, type StateWord } from '../words.ts';
import { ClassroomPart, keepFile } from './classroom.ts';

const periods = [30, 90, 400];
const statuses = [
  'processing',
  'awaitingConfirmation',
  'complete',
  'completeWithProblems',
  'failed',
  'cancelled',
] as const;

export class SyncLog extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    syncs: { state: true },
    more: { state: true },
    days: { state: true },
    status: { state: true },
    text: { state: true },
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
      .filters {
        align-items: end;
      }
      .filters label {
        min-width: 11rem;
      }
    `,
  ];
  syncs: Sync[] | null = null;
  more: string | null = null;
  days = 30;
  status: Sync['status'] | '' = '';
  /** in an assignment's title, or in who started it */
  text = '';
  /** an answer to an earlier question is no answer any more */
  #asked = 0;

  override firstUpdated(): void {
    void this.load(null);
  }

  /** What has been begun or has ended meanwhile is read too. */
  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('data');
    const told = (sync: Sync | null) => JSON.stringify([sync?.id, sync?.status]);
    if (before && told(before.lastSync) !== told(this.data.lastSync)) void this.load(null);
  }

  private get query(): string {
    const since = new Date(Date.now() - this.days * 86_400_000).toISOString();
    const status = this.status === '' ? '' : `&status=${this.status}`;
    const text = this.text === '' ? '' : `&text=${encodeURIComponent(this.text)}`;
    return `classId=${encodeURIComponent(this.room.classId)}&since=${encodeURIComponent(since)}${status}${text}`;
  }

  private async load(cursor: string | null): Promise<void> {
    const asked = ++this.#asked;
    const at = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    try {
      const { items, nextCursor } = await this.room.api.get<Items<Sync>>(`syncs?${this.query}&limit=50${at}`);
      if (asked !== this.#asked) return;
      if (cursor === null) {
        const older = nextCursor === null ? [] : olderThan(items.at(-1), this.syncs ?? []);
        this.syncs = [...items, ...older];
        if (older.length === 0) this.more = nextCursor;
      } else {
        this.syncs = [...(this.syncs ?? []), ...items];
        this.more = nextCursor;
      }
      this.trouble = null;
    } catch (error) {
      if (asked === this.#asked) this.trouble = this.room.explain(error);
    }
  }

  private filter(change: { days?: number; status?: Sync['status'] | ''; text?: string }): void {
    Object.assign(this, change);
    this.syncs = null;
    void this.load(null);
  }

  private download(): void {
    void this.attempt(async () =>
      keepFile(await this.room.api.file(`syncs.csv?${this.query}`), `${this.room.classId}-syncs.csv`),
    );
  }

  override render() {
    const words = logWords();
    return html`<section class="card stack" aria-labelledby="log">
      <div class="row apart">
        <h2 id="log">${words.heading}</h2>
        <button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.download()}>
          ${words.download}
        </button>
      </div>
      <div class="row filters">
        <label class="field"
          >${words.period}
          <select
            @change=${(e: Event) => this.filter({ days: Number((e.target as HTMLSelectElement).value) })}
          >
            ${periods.map((days) => html`<option value=${days} ?selected=${days === this.days}>${words.days(days)}</option>`)}
          </select></label
        >
        <label class="field"
          >${words.status}
          <select
            @change=${(e: Event) => this.filter({ status: (e.target as HTMLSelectElement).value as Sync['status'] | '' })}
          >
            <option value="">${words.any}</option>
            ${statuses.map((status) => html`<option value=${status}>${words.statuses[status]}</option>`)}
          </select></label
        >
        <label class="field"
          >${words.search}
          <input
            type="search"
            maxlength="100"
            placeholder=${words.searchWhat}
            .value=${this.text}
            @change=${(e: Event) => this.filter({ text: (e.target as HTMLInputElement).value.trim() })}
        /></label>
      </div>
      ${this.troubleNote()} ${this.list()}
    </section>`;
  }

  private list() {
    const words = logWords();
    if (!this.syncs)
      return this.trouble ? nothing : html`<p class="quiet" aria-busy="true">${words.loading}</p>`;
    if (this.syncs.length === 0)
      return html`<p class="quiet">${this.status === '' && this.text === '' ? words.empty : words.none}</p>`;
    const heads = [words.started, words.by, words.status, words.sent, words.problems, words.took];
    return html`<div class="box">
        <table class="table" role="table" aria-labelledby="log">
          <thead role="rowgroup">
            <tr role="row">
              ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${repeat(
              this.syncs,
              ({ id }) => id,
              (sync) => this.line(sync),
            )}
          </tbody>
        </table>
      </div>
      ${this.more === null ? nothing : html`<p><button @click=${() => this.load(this.more)}>${words.more}</button></p>`}`;
  }

  private line(sync: Sync) {
    const words = logWords();
    const open = () => this.dispatchEvent(new CustomEvent('open-sync', { detail: sync.id }));
    const cell = (label: string, value: unknown) =>
      html`<td role="cell"><span class="label" aria-hidden="true">${label}</span>${value}</td>`;
    return html`<tr role="row">
      <th role="rowheader" scope="row">
        <button class="link" @click=${open}>${time(sync.startedAt)}</button>
        ${sync.dryRun ? html`<div class="small quiet">${words.trial}</div>` : nothing}
        ${sync.mode === 'all' ? html`<div class="small quiet">${words.everything}</div>` : nothing}
      </th>
      ${cell(words.by, byWords(sync))} ${cell(words.status, pill(statusPill(sync)))}
      ${cell(words.sent, number(sentOf(sync)))} ${cell(words.problems, number(problemsOf(sync)))}
      ${cell(words.took, took(sync))}
    </tr>`;
  }
}
customElements.define('sync-log', SyncLog);

/** Earlier pages that were asked for stay while the first one is read again. */
const olderThan = (last: Sync | undefined, syncs: Sync[]): Sync[] =>
  syncs.filter(({ startedAt }) => last !== undefined && startedAt < last.startedAt);

export const sentOf = ({ counts }: Sync) => counts.created + counts.updated + counts.deleted;
export const problemsOf = ({ counts }: Sync) => counts.failed + counts.conflicts;
export const byWords = (sync: Sync) =>
  sync.trigger === 'automatic' || sync.trigger === 'schedule' ? logWords().who[sync.trigger] : sync.startedBy;
export const took = ({ startedAt, finishedAt }: Sync) =>
  finishedAt === null ? '–' : duration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);

const tones: Record<Sync['status'], StateWord['tone']> = {
  awaitingConfirmation: 'warn',
  processing: 'busy',
  complete: 'good',
  completeWithProblems: 'warn',
  failed: 'bad',
  cancelled: 'plain',
};
export const statusPill = ({ status }: Sync): StateWord => ({
  tone: tones[status],
  word: logWords().statuses[status],
});
