/** Does it work? The health of the SIS connection, and the brake. */
import { LitElement, html, nothing } from 'lit';
import type { Connection } from '../answers.ts';
import { look } from '../look.ts';
import { consoleWords } from '../messages/admin.ts';
import { overviewWords } from '../messages/admin-overview.ts';
import { note, pill, time } from '../parts.ts';
import { connectionWord, duration } from '../words.ts';
import { nameOf, type Console } from './console.ts';
import { reasonForAdmin } from './for-admin.ts';
import { screenLook } from './screen-look.ts';

export class ConnectionCard extends LitElement {
  static override properties = { console: { attribute: false } };
  static override styles = [look, screenLook];
  console!: Console;

  override render() {
    const { connection } = this.console;
    const words = overviewWords();
    const pause = () => this.dispatchEvent(new CustomEvent('pause', { bubbles: true, composed: true }));
    return html`<section class="card stack" aria-labelledby="health">
      <div class="row apart">
        <div class="row">
          <h2 id="health">${words.connection}</h2>
          ${pill(connectionWord(connection.state))}
        </div>
        ${connection.pausedAt === null ? html`<button @click=${pause}>${consoleWords().pause}</button>` : nothing}
      </div>
      ${this.remark()}
      <dl class="facts">
        ${this.fact(words.waiting, this.waiting())}
        ${this.fact(words.lastSuccess, connection.lastSuccessAt ? time(connection.lastSuccessAt) : words.noSuccess)}
        ${connection.since ? this.fact(words.stateSince, time(connection.since)) : nothing}
        ${connection.nextProbeAt ? this.fact(words.triedAgain, time(connection.nextProbeAt)) : nothing}
        ${connection.baseUrl ? this.fact(this.owner(connection), connection.baseUrl) : nothing}
      </dl>
    </section>`;
  }

  private owner({ ownedBy }: Connection): string {
    const { domain, domains } = this.console;
    return ownedBy !== null && ownedBy !== domain.domainId
      ? overviewWords().ownedBy(nameOf(domains, ownedBy))
      : overviewWords().address;
  }

  private fact = (name: string, value: unknown) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;

  private waiting(): string {
    const { rows, oldestSeconds } = this.console.connection.waiting;
    if (rows === 0) return consoleWords().nothing;
    return oldestSeconds === null ? String(rows) : overviewWords().oldest(rows, duration(oldestSeconds));
  }

  private remark() {
    const { sis, connection } = this.console;
    const { state, cause, waiting } = connection;
    const words = overviewWords();
    const kept = consoleWords().kept(waiting.rows);
    // what is paused stands above every screen
    if (cause) return note(state === 'broken' ? 'bad' : 'warn', html`${reasonForAdmin(cause, sis)} ${kept}`);
    if (state === 'none') return note('plain', words.notSetUp);
    if (state === 'off') return note('plain', `${words.off} ${kept}`);
    if (state === 'excluded') return note('plain', words.excluded);
    return nothing;
  }
}
customElements.define('connection-card', ConnectionCard);
