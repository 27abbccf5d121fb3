/** Webhooks: who is told, tried out, its secret renewed, and how each telling went. */
import { html, nothing } from 'lit';
import { path } from '../api.ts';
import type { Items } from '../answers.ts';
import { accessWords } from '../messages/admin-access.ts';
import { note, onOff, pill, time } from '../parts.ts';
import type { Tone } from '../words.ts';
import type { Webhook, WebhookDelivery } from './admin-answers.ts';
import type { Console } from './console.ts';
import { FormScreen, typed } from './form-screen.ts';

const EVENTS = [
  'sync.finished',
  'problems.appeared',
  'connection.broken',
  'connection.recovered',
  'credentials.expiring',
];
const tones: Record<WebhookDelivery['state'], Tone> = { pending: 'busy', delivered: 'good', failed: 'bad' };

export class WebhooksScreen extends FormScreen {
  static override properties = {
    hooks: { state: true },
    secret: { state: true },
    open: { state: true },
    making: { state: true },
  };
  hooks: Webhook[] = [];
  secret: { url: string; secret: string } | null = null;
  /** whose deliveries are looked at */
  looked: string | null = null;
  open: { webhookId: string; deliveries: WebhookDelivery[] } | null = null;
  making = false;
  protected override readonly refreshEvery = 5_000;

  private get where(): string {
    return path`domains/${this.console.domain.domainId}/webhooks`;
  }
  private at = (webhookId: string) => `${this.where}/${encodeURIComponent(webhookId)}`;

  protected override async load(): Promise<() => void> {
    const hooks = await this.console.api.all<Webhook>(this.where);
    const looked = hooks.find(({ webhookId }) => webhookId === this.looked);
    const page = looked
      ? await this.console.api.get<Items<WebhookDelivery>>(`${this.at(looked.webhookId)}/deliveries?limit=20`)
      : null;
    return () => {
      this.hooks = hooks;
      this.open = looked && page ? { webhookId: looked.webhookId, deliveries: page.items } : null;
    };
  }

  private begin(): void {
    this.making = true;
    this.focusSoon('#url');
  }
  private giveUp(): void {
    this.making = false;
    this.focusSoon('button.primary');
  }

  private make(event: Event): void {
    event.preventDefault();
    const values = new FormData(event.target as HTMLFormElement);
    const events = values.getAll('event').map(String);
    void this.act('make', async () => {
      if (events.length === 0) {
        this.focusSoon('[name=event]');
        return (this.trouble = accessWords().noEvents);
      }
      const { secret, url } = await this.console.api.post<Webhook & { secret: string }>(this.where, {
        url: typed(values, 'url'),
        description: typed(values, 'description') || null,
        events: events.length === EVENTS.length ? null : events,
      });
      this.secret = { url, secret };
      this.making = false;
      await this.refresh();
      return accessWords().shownOnce;
    });
  }

  private press(name: string, work: () => Promise<unknown>, said: string): void {
    void this.act(name, async () => {
      await work();
      await this.refresh();
      return said;
    });
  }

  private toggle(hook: Webhook, enabled: boolean): void {
    const { url, events, description } = hook;
    this.press(
      'toggle',
      () => this.console.api.put(this.at(hook.webhookId), { url, events, description, enabled }),
      enabled ? accessWords().on : accessWords().off,
    );
  }

  protected override content(): unknown {
    const words = accessWords();
    return html`<p class="quiet">${words.hooksIntro}</p>
      ${
        this.secret
          ? note(
              'good',
              html`<strong>${words.shownOnce}</strong> ${this.secret.url}
                ${this.copyable(words.secret, this.secret.secret, true)}`,
            )
          : nothing
      }
      ${
        this.making
          ? this.form()
          : html`<p>${this.button('new', words.newHook, () => this.begin(), { primary: true })}</p>`
      }
      ${this.hooks.length === 0 && !this.making ? html`<p class="quiet">${words.noHooks}</p>` : nothing}
      ${this.hooks.map((hook) => this.hook(hook))}`;
  }

  private form() {
    const words = accessWords();
    return html`<form class="card stack" autocomplete="off" @submit=${(e: Event) => this.make(e)}>
      <h2>${words.newHook}</h2>
      ${this.field('url', words.url, { type: 'url' })}
      ${this.field('description', words.description, { required: false })}
      <fieldset>
        <legend>${words.events}</legend>
        ${EVENTS.map(
          (event) =>
            html`<div>
              <label class="choice"
                ><input
                  type="checkbox"
                  name="event"
                  value=${event}
                  checked
                />${words.eventNames[event]}</label
              >
            </div>`,
        )}
      </fieldset>
      <div class="row">
        <button class="primary" aria-disabled=${this.busy ? 'true' : nothing}>${words.makeHook}</button>
        <button type="button" @click=${() => this.giveUp()}>${words.cancel}</button>
      </div>
    </form>`;
  }

  private hook(hook: Webhook) {
    const words = accessWords();
    const { webhookId, url } = hook;
    const { api } = this.console;
    const about = { about: url };
    const remove = this.removal(
      webhookId,
      {
        ...{ button: words.deleteHook, ask: words.deleteHookAsk, yes: words.deleteHook, done: words.removed },
        ...about,
      },
      () => api.request('DELETE', this.at(webhookId)),
    );
    return html`<section class="card stack" aria-label=${url}>
      <div class="row apart">
        <h2>${url}</h2>
        ${onOff({ on: hook.enabled, name: url, toggle: (on) => this.toggle(hook, on) })}
      </div>
      <p class="quiet small">
        ${hook.description ? html`${hook.description} · ` : nothing}
        ${hook.events === null ? words.all : hook.events.map((event) => words.eventNames[event] ?? event).join(', ')}
      </p>
      ${hook.disabledBecause ? note('bad', words[hook.disabledBecause]) : nothing}
      ${hook.failingSince && !hook.disabledBecause ? note('warn', html`${words.failingSince} ${time(hook.failingSince)}`) : nothing}
      ${
        this.doomed === webhookId
          ? remove
          : html`<div class="row">
              ${this.button(
                `test ${webhookId}`,
                words.test,
                () =>
                  this.press(
                    `test ${webhookId}`,
                    async () => {
                      await api.post(`${this.at(webhookId)}/test`);
                      this.looked = webhookId;
                    },
                    words.tested,
                  ),
                about,
              )}
              ${this.button(
                `look ${webhookId}`,
                words.deliveries,
                () => {
                  this.looked = webhookId;
                  this.press(`look ${webhookId}`, () => Promise.resolve(), words.deliveries);
                },
                about,
              )}
              ${this.button(
                `rotate ${webhookId}`,
                words.rotate,
                () =>
                  this.press(
                    `rotate ${webhookId}`,
                    async () => {
                      const { secret } = await api.post<{ secret: string }>(
                        `${this.at(webhookId)}/rotateSecret`,
                      );
                      this.secret = { url, secret };
                    },
                    words.rotated,
                  ),
                about,
              )}
              ${remove}
            </div>`
      }
      ${this.open?.webhookId === webhookId ? this.deliveries(this.open.deliveries) : nothing}
    </section>`;
  }

  private deliveries(deliveries: WebhookDelivery[]) {
    const words = accessWords();
    if (deliveries.length === 0) return html`<p class="quiet">${words.noDeliveries}</p>`;
    const again = (deliveryId: string) =>
      this.press(
        `again ${deliveryId}`,
        () =>
          this.console.api.post(
            `${this.at(this.open?.webhookId ?? '')}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`,
          ),
        words.sentAgain,
      );
    return html`<ul class="plain lines">
      ${deliveries.map((delivery) => {
        const last = delivery.attempts.at(-1);
        return html`<li class="row apart">
          <span>
            ${words.eventNames[delivery.type] ?? delivery.type} · ${time(delivery.createdAt)}<br />
            ${pill({ tone: tones[delivery.state], word: words.states[delivery.state] })}
            <span class="quiet small">
              ${words.tries(delivery.attempts.length)}
              ${last ? (last.status === null ? html`· <span lang="en">${last.error}</span>` : html`· ${words.answered(last.status)}`) : nothing}
            </span>
          </span>
          ${this.button(`again ${delivery.deliveryId}`, words.again, () => again(delivery.deliveryId), {
            about: delivery.type,
          })}
        </li>`;
      })}
    </ul>`;
  }
}
customElements.define('webhooks-screen', WebhooksScreen);

export const view = (console: Console, params: URLSearchParams) =>
  html`<webhooks-screen .console=${console} .params=${params}></webhooks-screen>`;
