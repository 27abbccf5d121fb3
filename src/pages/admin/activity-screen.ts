/** Who did what, when: the audit trail of a domain and below. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { accessWords } from '../messages/admin-access.ts';
import { consoleWords } from '../messages/admin.ts';
import { historyWords } from '../messages/admin-history.ts';
import { time } from '../parts.ts';
import type { AuditEntry } from './admin-answers.ts';
import { nameOf, to, type Console } from './console.ts';
import { Screen } from './screen.ts';

/** `settings.put` as a person says it: what it is about, and what was done. */
function said(action: string): string {
  const words = accessWords();
  const [noun = '', verb = ''] = action.split('.');
  return `${words.nouns[noun] ?? noun} – ${words.verbs[verb] ?? verb}`;
}
/** What is asked for most. */
const ACTIONS = [
  ...['settings.put', 'settings.test', 'domain.pause', 'domain.resume', 'sync.press', 'problem.retry'],
  ...['schedule.create', 'schedule.put', 'schedule.delete', 'schedule.run', 'webhook.create', 'key.create'],
  ...['key.delete', 'token.create', 'idMappings.put', 'rosterPull.start', 'access.denied', 'signIn.failed'],
];

export class ActivityScreen extends Screen {
  static override properties = { entries: { state: true } };
  entries: Items<AuditEntry> = { items: [], nextCursor: null };

  private at(cursor: string | null): string {
    const action = this.params.get('action');
    return (
      path`domains/${this.console.domain.domainId}/audit` +
      '?limit=50' +
      (action ? path`&action=${action}` : '') +
      (cursor === null ? '' : path`&cursor=${cursor}`)
    );
  }

  protected override async load(): Promise<() => void> {
    const entries = await this.console.api.get<Items<AuditEntry>>(this.at(null));
    return () => (this.entries = entries);
  }

  private more(): void {
    void this.readPart('more', async () => {
      const page = await this.console.api.get<Items<AuditEntry>>(this.at(this.entries.nextCursor));
      return () =>
        (this.entries = { items: [...this.entries.items, ...page.items], nextCursor: page.nextCursor });
    });
  }

  protected override content(): unknown {
    const words = accessWords();
    const { items, nextCursor } = this.entries;
    const now = this.params.get('action') ?? '';
    const choose = (e: Event) =>
      (location.hash = to('activity', { action: (e.target as HTMLSelectElement).value }));
    return html`<section class="card stack">
      <div class="field">
        <label for="action">${words.what}</label>
        <select id="action" @change=${choose}>
          <option value="">${words.anything}</option>
          ${ACTIONS.map(
            (action) => html`<option value=${action} .selected=${action === now}>${said(action)}</option>`,
          )}
        </select>
      </div>
      ${items.length === 0 ? html`<p class="quiet">${words.noActivity}</p>` : this.table(items)}
      ${nextCursor === null ? nothing : html`<p>${this.button('more', consoleWords().more, () => this.more())}</p>`}
    </section>`;
  }

  private who({ actor, actorKind }: AuditEntry): string {
    const words = accessWords();
    if (actorKind === 'system') return words.system;
    if (actorKind === 'nobody') return words.somebody;
    return actorKind === 'key' ? `${actor} (${words.withKey})` : actor;
  }

  private about({ subject, detail, domainId }: AuditEntry): unknown {
    const fields = Array.isArray(detail['fields']) ? (detail['fields'] as string[]).join(', ') : '';
    const where = domainId === null ? '' : nameOf(this.console.domains, domainId);
    const { syncId, classId } = subject;
    return html`${where} ${fields ? html`· <span lang="en">${fields}</span>` : nothing}
    ${classId ? html`· <a href=${to('classes', { id: classId })}>${classId}</a>` : nothing}
    ${syncId ? html`· <a href=${to('history', { id: syncId })}>${historyWords().entries}</a>` : nothing}`;
  }

  private table(items: AuditEntry[]) {
    const words = accessWords();
    return html`<table class="table" role="table" aria-label=${consoleWords().screens.activity}>
      <thead role="rowgroup">
        <tr role="row">
          ${[words.what, words.when, words.who, words.details].map(
            (name) => html`<th role="columnheader" scope="col">${name}</th>`,
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${items.map(
          (entry) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${said(entry.action)}</th>
              <td role="cell"><span class="label">${words.when}</span> ${time(entry.at)}</td>
              <td role="cell"><span class="label">${words.who}</span> ${this.who(entry)}</td>
              <td role="cell"><span class="label">${words.details}</span> ${this.about(entry)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
customElements.define('activity-screen', ActivityScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<activity-screen .console=${console} .params=${params}></activity-screen>`;
