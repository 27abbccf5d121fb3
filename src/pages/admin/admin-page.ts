/** The admin's console: the frame around its screens, who is looked at, and the brake that every screen shows. */
import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { path } from '../api.ts';
import type { Connection } from '../answers.ts';
import { look } from '../look.ts';
import { consoleWords } from '../messages/admin.ts';
import { pageLook } from '../page-look.ts';
import { note, time } from '../parts.ts';
import { SessionPage, type SignIn } from '../session.ts';
import type { DomainLine } from './admin-answers.ts';
import { below, to, type Console, type ScreenName } from './console.ts';
import { frameLook } from './frame-look.ts';
import { isScreen, screenNames, screens, type View } from './screens.ts';

const REFRESH_MS = 10_000;
/** The first of each group. */
const GROUPS: readonly ScreenName[] = ['ids', 'keys'];

export class AdminPage extends SessionPage {
  static override properties = {
    console: { state: true },
    trouble: { state: true },
    screen: { state: true },
    params: { state: true },
    views: { state: true },
    unloaded: { state: true },
    menu: { state: true },
    braking: { state: true },
    typed: { state: true },
  };
  static override styles = [look, pageLook, frameLook];
  console: Console | null = null;
  trouble: string | null = null;
  screen: ScreenName = 'overview';
  params = new URLSearchParams();
  views: Partial<Record<ScreenName, View>> = {};
  /** the part of the page that could not be loaded */
  unloaded: ScreenName | null = null;
  menu = false;
  braking = false;
  /** something was typed into the settings, which stay as they are while another screen is looked at */
  typed = false;
  #domainId = '';
  protected override readonly sessions = true;

  protected override async opened(signIn: SignIn): Promise<void> {
    this.#domainId = this.target.get('domain') ?? signIn.domainId;
    addEventListener('beforeunload', (event) => {
      if (this.typed) event.preventDefault();
    });
    addEventListener('hashchange', () => this.route(new URLSearchParams(location.hash.slice(1)), true));
    this.route(this.target, false);
    this.#keepPlace();
    await this.load();
    this.#refreshLater();
  }

  private route(asked: URLSearchParams, moved: boolean): void {
    const name = [...asked.keys()].find(isScreen) ?? 'overview';
    const changed = name !== this.screen;
    this.screen = name;
    this.params = asked;
    this.menu = false;
    this.retitle();
    void this.need(name);
    // a new screen is announced by its heading, as a new page would be
    if (moved && changed)
      void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('h1')?.focus());
  }

  /** The frame has taken everything out of the address, with the code; where one is may stay there. */
  #keepPlace(): void {
    const more = [...this.params].filter(([name]) => !['code', 'domain', 'lang', this.screen].includes(name));
    if (this.screen !== 'overview' || more.length > 0)
      history.replaceState(null, '', to(this.screen, Object.fromEntries(more)));
  }

  private async need(name: ScreenName): Promise<void> {
    this.unloaded = null;
    if (this.views[name]) return;
    try {
      const { view } = await screens[name]();
      this.views = { ...this.views, [name]: view };
    } catch {
      // the network is gone, or a new release has taken the old one's files away
      this.unloaded = name;
    }
  }

  async load(): Promise<void> {
    this.trouble = null;
    try {
      const where = path`domains/${this.#domainId}`;
      const [domains, connection] = await Promise.all([
        this.api.all<DomainLine>('domains'),
        this.api.get<Connection>(`${where}/connection`),
      ]);
      const domain = domains.find(({ domainId }) => domainId === this.#domainId);
      if (!domain) throw new Error('the domain of the connection is not among those that may be seen');
      this.console = this.consoleOf(domain, domains, connection);
      this.retitle();
    } catch (error) {
      this.trouble = this.explain(error);
      this.announce(this.trouble);
    }
  }

  private consoleOf(domain: DomainLine, domains: DomainLine[], connection: Connection): Console {
    // asked for each time: the token is another after an hour
    const api = () => this.api;
    return {
      ...{ domain, domains, connection },
      sis: connection.sisName ?? consoleWords().theSis,
      get api() {
        return api();
      },
      announce: (text) => this.announce(text),
      explain: (error) => this.explain(error),
      refresh: () => this.readConnection(),
    };
  }

  private retitle(): void {
    const words = consoleWords();
    document.title = words.title(words.screens[this.screen], this.console?.domain.name ?? words.product);
  }

  #refreshLater(): void {
    setTimeout(() => {
      const look = document.visibilityState === 'visible' && this.ending !== 'ended' && this.isConnected;
      void (look ? this.readConnection().catch(() => undefined) : Promise.resolve()).then(() =>
        this.#refreshLater(),
      );
    }, REFRESH_MS);
  }

  private async readConnection(): Promise<void> {
    if (!this.console) return;
    const { domain, domains } = this.console;
    const connection = await this.api.get<Connection>(path`domains/${domain.domainId}/connection`);
    if (domain === this.console.domain) this.console = this.consoleOf(domain, domains, connection);
  }

  private async brake(what: 'pause' | 'resume'): Promise<void> {
    if (this.braking) return;
    this.braking = true;
    try {
      await this.api.post(path`domains/${this.#domainId}` + `/${what}`);
      await this.readConnection();
      this.announce(what === 'pause' ? consoleWords().paused : consoleWords().resumed);
      this.trouble = null;
    } catch (error) {
      this.trouble = this.explain(error);
      this.announce(this.trouble);
    }
    this.braking = false;
  }

  private async look(choice: HTMLSelectElement): Promise<void> {
    const domainId = choice.value;
    if (this.typed) {
      // they would be of another domain all of a sudden
      choice.value = this.#domainId;
      this.trouble = consoleWords().unsavedFirst;
      this.announce(this.trouble);
      return;
    }
    this.#domainId = domainId;
    this.console = null;
    this.typed = false;
    // an id of the one before would not be found here
    history.replaceState(null, '', to(this.screen));
    this.params = new URLSearchParams();
    await this.load();
  }

  protected override content(): TemplateResult {
    const words = consoleWords();
    const { console, trouble } = this;
    return html`<header class="row apart top">
        <div class="domain">
          <span class="quiet small">${words.product}</span>
          ${console ? this.domainChoice(console) : nothing}
        </div>
        ${this.signOutButton()}
      </header>
      ${console ? this.banner(console) : nothing} ${trouble === null ? nothing : note('bad', trouble)}
      <div class="frame">
        ${this.ways()}
        <div class="stack">
          <h1 tabindex="-1">${words.screens[this.screen]}</h1>
          ${
            console
              ? keyed(console.domain.domainId, [this.shown(console), this.kept(console)])
              : html`<section class="card stack" aria-busy=${trouble === null ? 'true' : 'false'}>
                  ${
                    trouble === null
                      ? html`<p class="quiet">${words.loading}</p>`
                      : html`<p>
                          <button class="primary" @click=${() => this.load()}>${words.tryAgain}</button>
                        </p>`
                  }
                </section>`
          }
        </div>
      </div>`;
  }

  private domainChoice({ domain, domains }: Console) {
    const words = consoleWords();
    if (domains.length < 2) return html`<strong>${domain.name}</strong>`;
    const tree = below(domains);
    const lines = (parent: string | null, depth: number): { of: DomainLine; depth: number }[] =>
      (tree.get(parent) ?? []).flatMap((of) => [{ of, depth }, ...lines(of.domainId, depth + 1)]);
    return html`<label class="hidden" for="domain">${words.viewing}</label>
      <select id="domain" @change=${(e: Event) => this.look(e.target as HTMLSelectElement)}>
        ${lines(null, 0).map(
          ({ of, depth }) =>
            html`<option value=${of.domainId} ?selected=${of.domainId === domain.domainId}>
              ${'\u00a0\u00a0'.repeat(depth)}${of.name}
            </option>`,
        )}
      </select>`;
  }

  private ways() {
    const words = consoleWords();
    return html`<nav class="ways ${this.menu ? 'open' : ''}" aria-label=${words.ways}>
      <button
        class="menu"
        aria-expanded=${this.menu ? 'true' : 'false'}
        @click=${() => (this.menu = !this.menu)}
      >
        ${words.menu}
      </button>
      <ul>
        ${screenNames.map(
          (name) =>
            html`<li class=${GROUPS.includes(name) ? 'group' : ''}>
              <a href=${to(name)} aria-current=${name === this.screen ? 'page' : nothing}
                >${words.screens[name]}</a
              >
            </li>`,
        )}
      </ul>
    </nav>`;
  }

  /** Paused is what nobody must overlook, wherever he looks. */
  private banner({ connection }: Console) {
    if (connection.pausedAt === null) return nothing;
    const words = consoleWords();
    return note(
      'warn',
      html`<strong>${words.pausedBy(connection.pausedBy)}</strong>
        ${connection.pausedAt ? html`${words.since} ${time(connection.pausedAt)}` : nothing}.
        ${words.kept(connection.waiting.rows)}`,
      html`<button aria-disabled=${this.braking ? 'true' : nothing} @click=${() => this.brake('resume')}>
        ${words.resume}
      </button>`,
    );
  }

  private shown(console: Console) {
    const words = consoleWords();
    const view = this.views[this.screen];
    if (this.screen === 'settings') return nothing;
    if (view)
      return html`<div @pause=${() => this.brake('pause')}>
        ${keyed(this.screen, view(console, this.params))}
      </div>`;
    return this.unloaded === this.screen
      ? this.gone()
      : html`<p class="quiet" aria-busy="true">${words.loading}</p>`;
  }

  /** The settings stay where they are while there is something typed in them. */
  private kept(console: Console) {
    const here = this.screen === 'settings';
    if (!here && !this.typed) return nothing;
    const view = this.views.settings;
    if (!view)
      return this.unloaded === 'settings'
        ? this.gone()
        : html`<p class="quiet" aria-busy="true">${consoleWords().loading}</p>`;
    return html`<div ?hidden=${!here} @typed=${(e: CustomEvent<boolean>) => this.settingsTyped(e.detail)}>
      ${view(console, this.params)}
    </div>`;
  }

  private settingsTyped(typed: boolean): void {
    this.typed = typed;
    if (!typed) this.trouble = null;
  }

  private gone() {
    const words = consoleWords();
    return note(
      'bad',
      words.newRelease,
      html`<span class="row">
        <button @click=${() => this.need(this.screen)}>${words.tryAgain}</button>
        ${this.typed ? nothing : html`<button @click=${() => location.reload()}>${words.reload}</button>`}
      </span>`,
    );
  }
}
customElements.define('admin-page', AdminPage);
