/** Does it work? The health of the SIS connection, and the brake. */
import { LitElement, css, html, nothing } from 'lit';
import type { Connection } from '../answers.ts';
import { look } from '../look.ts';
import { note, pill, reasonText, time } from '../parts.ts';
import { connectionWords, duration, plural } from '../words.ts';

export class ConnectionCard extends LitElement {
  static override properties = { connection: { attribute: false }, busy: { type: Boolean } };
  static override styles = [
    look,
    css`
      dl {
        display: grid;
        gap: 0.75rem 1.5rem;
        grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr));
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
      .fix {
        display: block;
      }
    `,
  ];
  connection!: Connection;
  busy = false;

  override render() {
    const { connection } = this;
    const paused = connection.state === 'paused';
    const press = () => !this.busy && this.dispatchEvent(new CustomEvent(paused ? 'resume' : 'pause'));
    return html`<section class="card stack" aria-labelledby="health">
      <div class="row apart">
        <div class="row">
          <h2 id="health">Connection</h2>
          ${pill(connectionWords[connection.state])}
        </div>
        <button @click=${press} aria-disabled=${this.busy ? 'true' : nothing}>
          ${paused ? 'Resume sending' : 'Pause sending'}
        </button>
      </div>
      ${this.remark()}
      <dl>
        ${this.fact('Grades waiting', this.waiting())}
        ${this.fact('Last success', connection.lastSuccessAt ? time(connection.lastSuccessAt) : 'None yet')}
        ${connection.since ? this.fact('In this state since', time(connection.since)) : nothing}
        ${connection.nextProbeAt ? this.fact('Tried again', time(connection.nextProbeAt)) : nothing}
        ${connection.baseUrl ? this.fact('Address', connection.baseUrl) : nothing}
      </dl>
    </section>`;
  }

  private fact = (name: string, value: unknown) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;

  private waiting(): string {
    const { rows, oldestSeconds } = this.connection.waiting;
    if (rows === 0) return 'None';
    return oldestSeconds === null ? String(rows) : `${rows}, the oldest for ${duration(oldestSeconds)}`;
  }

  private remark() {
    const { state, cause, waiting, pausedBy } = this.connection;
    const kept =
      waiting.rows > 0 ? ` ${plural(waiting.rows, 'grade')} wait; nothing is lost.` : ' Nothing is lost.';
    const name = this.connection.sisName ?? 'the SIS';
    if (state === 'paused')
      return note('warn', `Sending is paused${pausedBy ? ` by ${pausedBy}` : ''}.${kept}`);
    if (cause) return note(state === 'broken' ? 'bad' : 'warn', html`${reasonText(cause, name)}${kept}`);
    if (state === 'none')
      return note(
        'plain',
        'Enter the address and the key of your SIS below, test the connection, then allow grades to be sent.',
      );
    if (state === 'off')
      return note('plain', `Grades are not sent: “Allow grades to be sent to the SIS” is off.${kept}`);
    if (state === 'excluded') return note('plain', 'This domain is excluded by the one above.');
    return nothing;
  }
}
customElements.define('connection-card', ConnectionCard);
