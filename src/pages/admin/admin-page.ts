/** The admin's console: the frame around its screens, who is looked at, and the brake that every screen shows. */
import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { path, Unreachable } from '../api.ts';
import type { Connection } from '../answers.ts';
import { look } from '../look.ts';
import { consoleWords } from '../messages/admin.ts';
import { pageLook } from '../page-look.ts';
import { note } from '../parts.ts';
import { SessionPage, type SignIn } from '../session.ts';
import type { DomainLine } from './admin-answers.ts';
import { to, type Console, type ScreenName } from './console.ts';
import { domainChoice, pauseBanner, ways, zoneLine } from './frame.ts';
import { frameLook } from './frame-look.ts';
import { isScreen, screens, type View } from './screens.ts';

const REFRESH_MS = 10_000;

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
    offline: { state: true },
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
  /** where something was typed and not saved, whichever screen is looked at now */
  typed: ReadonlySet<ScreenName> = new Set();
  /** what changes by itself could not be read the last time */
  offline = false;
  #domainId = '';
  /** those that may be seen, also while another one is being read */
  #domains: DomainLine[] = [];
  #reads = 0;
  protected override readonly sessions = true;

  protected override async opened(signIn: SignIn): Promise<void> {
    this.#domainId = this.target.get('domain') ?? signIn.domainId;
    addEventListener('beforeunload', (event) => {
      if (this.typed.size > 0) event.preventDefault();
    });
    addEventListener('hashchange', () => this.route(new URLSearchParams(location.hash.slice(1)), true));
    this.route(this.target, false);
    this.#keepPlace();
    await this.load();
    this.#refreshLater();
  }

  private route(asked: URLSearchParams, moved: boolean): void {
    const name = [...asked.keys()].find(isScreen) ?? 'overview';
    const opens = (params: URLSearchParams) => `${params.get('id') ?? ''} ${params.get('item') ?? ''}`;
    const changed = name !== this.screen || opens(asked) !== opens(this.params);
    this.screen = name;
    this.params = asked;
    this.menu = false;
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
    const asked = this.#domainId;
    try {
      const [domains, connection] = await Promise.all([
        this.api.all<DomainLine>('domains'),
        this.api.get<Connection>(path`domains/${asked}/connection`),
      ]);
      // another one was chosen meanwhile
      if (asked !== this.#domainId) return;
      const domain = domains.find(({ domainId }) => domainId === asked);
      if (!domain) throw new Error('the domain of the connection is not among those that may be seen');
      this.#domains = domains;
      this.console = this.consoleOf(domain, domains, connection);
    } catch (error) {
      if (asked !== this.#domainId) return;
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
      announce: (text, inEnglish) => this.announce(text, inEnglish),
      explain: (error) => this.explain(error),
      unsaved: (screen, is) => this.unsaved(screen, is),
      refresh: () => this.readConnection(),
    };
  }

  /** In the language of now, which may change. */
  override updated(): void {
    if (this.link !== 'open') return;
    const words = consoleWords();
    document.title = words.title(words.screens[this.screen], this.console?.domain.name ?? words.product);
  }

  #refreshLater(): void {
    setTimeout(() => {
      const look = document.visibilityState === 'visible' && this.ending !== 'ended' && this.isConnected;
      const read = look ? this.readConnection() : Promise.resolve();
      void read
        .then(
          () => (this.offline = false),
          (error: unknown) => (this.offline = error instanceof Unreachable),
        )
        .then(() => this.#refreshLater());
    }, REFRESH_MS);
  }

  private async readConnection(): Promise<void> {
    if (!this.console) return;
    const read = ++this.#reads;
    const { domain, domains } = this.console;
    const connection = await this.api.get<Connection>(path`domains/${domain.domainId}/connection`);
    // what was asked for later is newer, and may have come before
    if (read !== this.#reads || !this.looksAt(domain)) return;
    const held = document.activeElement !== document.body;
    this.console = this.consoleOf(domain, domains, connection);
    if (held) this.#keepFocus();
  }

  /** What had the focus may be gone with what is drawn now, such as a button that has done its work. */
  #keepFocus(): void {
    setTimeout(() => {
      if (document.activeElement === document.body)
        this.renderRoot.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    });
  }

  /** Somebody may have chosen another one meanwhile. */
  private looksAt(domain: DomainLine): boolean {
    return this.console?.domain === domain;
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
    if (this.typed.size > 0) {
      // they would be of another domain all of a sudden
      choice.value = this.#domainId;
      const { screens, unsavedFirst } = consoleWords();
      this.trouble = unsavedFirst([...this.typed].map((name) => screens[name]).join(', '));
      this.announce(this.trouble);
      return;
    }
    this.#domainId = domainId;
    this.console = null;
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
          ${domainChoice(this.#domains, this.#domainId, (choice) => this.look(choice))}
        </div>
        ${this.signOutButton()}
      </header>
      ${console ? pauseBanner(console, this.braking, () => this.brake('resume')) : nothing}
      ${trouble === null ? nothing : note('bad', trouble)}
      ${this.offline && console ? note('warn', words.offline) : nothing}
      <div class="frame">
        ${ways(this.screen, this.menu, () => (this.menu = !this.menu))}
        <div class="stack">
          <h1 tabindex="-1">${words.screens[this.screen]}</h1>
          ${
            console
              ? keyed(console.domain.domainId, this.shown(console))
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
          ${console ? zoneLine() : nothing}
        </div>
      </div>`;
  }

  private shown(console: Console) {
    const words = consoleWords();
    const view = this.views[this.screen];
    if (!view)
      return this.unloaded === this.screen
        ? this.gone()
        : html`<p class="quiet" aria-busy="true">${words.loading}</p>`;
    return html`<div @pause=${() => this.brake('pause')}>
      ${keyed(this.screen, view(console, this.params))}
    </div>`;
  }

  private unsaved(screen: ScreenName, is: boolean): void {
    if (this.typed.has(screen) === is) return;
    if (!is) this.trouble = null;
    this.typed = new Set(is ? [...this.typed, screen] : [...this.typed].filter((name) => name !== screen));
  }

  private gone() {
    const words = consoleWords();
    return note(
      'bad',
      words.newRelease,
      html`<span class="row">
        <button @click=${() => this.need(this.screen)}>${words.tryAgain}</button>
        ${this.typed.size > 0 ? nothing : html`<button @click=${() => location.reload()}>${words.reload}</button>`}
      </span>`,
    );
  }
}
customElements.define('admin-page', AdminPage);
