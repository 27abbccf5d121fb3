/** One sync: what went wrong and how to put it right, what it did with each score, and what was there before. */
import { css, html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { Items, Sync, SyncCause, SyncDetails, SyncEntry } from '../answers.ts';
import type { Snapshot } from './teacher-answers.ts';
import { look, tableLook } from '../look.ts';
import { amounts } from '../messages/teacher.ts';
import { logWords } from '../messages/teacher-log.ts';
import { fixOf, messageOf, note, pill, time } from '../parts.ts';
import { when, whoFixes } from '../words.ts';
import './ask-admin.ts';
import { studentName } from './class-data.ts';
import { ClassroomPart, keepFile } from './classroom.ts';
import './restore-dialog.ts';
import { byWords, statusPill, took } from './sync-log.ts';

const PAGE = 100;

export class SyncDetail extends ClassroomPart {
  static override properties = {
    ...ClassroomPart.properties,
    syncId: {},
    sync: { state: true },
    entries: { state: true },
    more: { state: true },
    snapshot: { state: true },
    restoring: { state: true },
  };
  static override styles = [
    look,
    tableLook,
    css`
      .box {
        overflow-x: auto;
        position: relative;
      }
      h2:focus {
        outline: none;
      }
      code {
        overflow-wrap: anywhere;
        user-select: all;
      }
      dl {
        display: grid;
        gap: 0.5rem 1.5rem;
        grid-template-columns: repeat(auto-fit, minmax(min(9rem, 100%), 1fr));
        margin: 0;
      }
      dt {
        color: var(--quiet);
        font-size: 0.875rem;
      }
      dd {
        font-weight: 500;
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];
  syncId = '';
  sync: SyncDetails | null = null;
  entries: SyncEntry[] = [];
  more: string | null = null;
  snapshot: Snapshot | null = null;
  restoring = false;

  override firstUpdated(): void {
    void this.read().then(async () => {
      await this.updateComplete;
      this.renderRoot.querySelector('h2')?.focus();
    });
  }

  /** What is under way is read again with the class. */
  override willUpdate(changed: PropertyValues<this>): void {
    const isOpen = this.sync?.status === 'processing' || this.sync?.status === 'awaitingConfirmation';
    if (changed.get('data') && isOpen && !this.busy) void this.look().catch(() => undefined);
  }

  private read(): Promise<unknown> {
    return this.attempt(() => this.look());
  }

  private async look(): Promise<void> {
    const { api, classId } = this.room;
    this.sync = await api.get<SyncDetails>(path`syncs/${this.syncId}`);
    const [entries, snapshots] = await Promise.all([
      api.get<Items<SyncEntry>>(`${path`syncs/${this.syncId}/entries`}?limit=${PAGE}`),
      api.some<Snapshot>(path`classes/${classId}/snapshots`, 200),
    ]);
    // somebody who has asked for more keeps it
    if (this.entries.length <= PAGE) [this.entries, this.more] = [entries.items, entries.nextCursor];
    this.snapshot = snapshots.items.find(({ syncId }) => syncId === this.syncId) ?? null;
  }

  private showMore(): void {
    void this.attempt(async () => {
      const where = `${path`syncs/${this.syncId}/entries`}?limit=${PAGE}&cursor=${encodeURIComponent(this.more ?? '')}`;
      const { items, nextCursor } = await this.room.api.get<Items<SyncEntry>>(where);
      this.entries = [...this.entries, ...items];
      this.more = nextCursor;
    });
  }

  private retry(): void {
    void this.attempt(async () => {
      const sync = await this.room.api.post<Sync>(path`syncs/${this.syncId}/retry`);
      this.room.announce(logWords().retried);
      this.room.follow(sync);
    });
  }

  private download(): void {
    const { snapshot } = this;
    if (!snapshot) return;
    const { api, classId } = this.room;
    void this.attempt(async () =>
      keepFile(await api.file(`${path`snapshots/${snapshot.id}`}.csv`), `${classId}-before.csv`),
    );
  }

  override render() {
    const words = logWords();
    const back = () => this.dispatchEvent(new CustomEvent('close-sync'));
    const { sync } = this;
    return html`<section class="card stack" aria-labelledby="sync">
      <div><button class="link" @click=${back}>${words.all}</button></div>
      ${this.troubleNote()}
      ${sync ? this.whole(sync) : html`<p class="quiet" aria-busy="true">${this.trouble ? nothing : words.loading}</p>`}
    </section>`;
  }

  private whole(sync: SyncDetails) {
    const words = logWords();
    const fact = (name: string, value: unknown) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
    const { counts } = sync;
    return html`<div class="row apart">
        <h2 id="sync" tabindex="-1">${words.of(when(sync.startedAt))}</h2>
        ${pill(statusPill(sync))}
      </div>
      <dl>
        ${fact(words.by, byWords(sync))} ${fact(words.sent, counts.created + counts.updated + counts.deleted)}
        ${fact(words.problems, counts.failed + counts.conflicts)} ${fact(words.took, took(sync))}
      </dl>
      ${this.problems(sync)} ${this.whatWasThere()} ${this.list()}
      <details>
        <summary>${words.support}</summary>
        <p class="small">${words.supportWhy}</p>
        <p class="small">
          <code
            >sync ${sync.id} · class ${sync.classId} · ${sync.startedAt} ·
            ${sync.causes.map(({ reason }) => reason.code).join(' ')}</code
          >
        </p>
      </details>`;
  }

  private problems(sync: SyncDetails) {
    const words = logWords();
    const of = (severity: SyncCause['severity']) => sync.causes.filter((one) => one.severity === severity);
    const errors = of('error');
    const group = (heading: string, causes: SyncCause[], tone: 'warn' | 'plain') =>
      causes.length === 0
        ? nothing
        : html`<h3>${heading}</h3>
            ${causes.map((cause) => note(tone, this.cause(cause)))}`;
    return html`<h3>${words.problemsHeading}</h3>
      ${errors.length === 0 ? html`<p class="quiet">${words.noProblems}</p>` : nothing}
      ${errors.map((cause) =>
        note(
          'bad',
          html`${this.cause(cause)}
          ${cause.reason.fixBy === 'admin' ? html`<ask-admin .room=${this.room} .data=${this.data} .reason=${cause.reason}></ask-admin>` : nothing}`,
        ),
      )}
      ${
        errors.some(({ retry }) => retry === 'manual') && sync.status !== 'processing'
          ? html`<p>
              <button aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.retry()}>
                ${words.retry}
              </button>
            </p>`
          : nothing
      }
      ${group(words.warnings, of('warning'), 'warn')} ${group(words.notSent, of('choice'), 'plain')}`;
  }

  private cause({ reason, results, lineItems, examples, retry, severity }: SyncCause) {
    const words = logWords();
    const amount = [
      results > 0 ? amounts().scores(results) : null,
      // of scores, these are the assignments that they are in
      results === 0 && lineItems > 0 ? amounts().assignments(lineItems) : null,
    ].filter((part) => part !== null);
    return html`<strong>${messageOf(reason)}</strong>
      <div>
        ${severity === 'choice' ? nothing : whoFixes(reason, this.room.sis)} ${fixOf(reason)}
        ${severity === 'error' && retry === 'auto' ? words.itself : nothing}
      </div>
      <div class="small">
        ${amount.join(', ')}${examples.length > 0 ? html` ${words.inAssignments(examples.join(', '))}` : nothing}
      </div>`;
  }

  private whatWasThere() {
    const { snapshot } = this;
    if (!snapshot || snapshot.cells === 0) return nothing;
    const words = logWords();
    return html`<h3>${words.snapshot}</h3>
      <p>${words.snapshotWhy(snapshot.cells)}</p>
      <div class="row">
        <button @click=${() => this.download()}>${words.snapshotCsv}</button>
        <button @click=${() => (this.restoring = true)}>${words.restore}</button>
      </div>
      ${
        this.restoring
          ? html`<restore-dialog
              .room=${this.room}
              .data=${this.data}
              .snapshotId=${snapshot.id}
              @done=${() => (this.restoring = false)}
            ></restore-dialog>`
          : nothing
      }`;
  }

  private list() {
    const words = logWords();
    if (this.entries.length === 0) return html`<p class="quiet">${words.noEntries}</p>`;
    const line = (entry: SyncEntry) =>
      html`<tr role="row">
        <th role="rowheader" scope="row">${entry.title ?? entry.lineItemId}</th>
        <td role="cell">
          ${entry.studentId === null ? html`<span class="quiet">${words.assignmentItself}</span>` : studentName(this.data.students, entry.studentId)}
        </td>
        <td role="cell">
          ${words.actions[entry.action]}
          ${entry.reason ? html`<div class="small quiet">${messageOf(entry.reason)}</div>` : nothing}
        </td>
        <td role="cell" class="small quiet">${time(entry.at)}</td>
      </tr>`;
    return html`<details>
      <summary>${words.entries}</summary>
      <div class="box">
        <table class="table" role="table" aria-label=${words.entries}>
          <tbody role="rowgroup">
            ${this.entries.map(line)}
          </tbody>
        </table>
      </div>
      ${this.more === null ? nothing : html`<p><button @click=${() => this.showMore()}>${words.entriesMore}</button></p>`}
    </details>`;
  }
}
customElements.define('sync-detail', SyncDetail);
