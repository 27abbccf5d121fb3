/**
 * What every page does: open its one-time link or ask the browser's session, keep the token in memory only, notice when
 * it ends.
 */
import { LitElement, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { Api, Problem, Unreachable } from './api.ts';
import { door, type Link } from './door.ts';
import { framedBy, NoAnswer, signInFrom } from './embed/parent.ts';
import { languageOf, languages, redraw, speak, spoken, type Language } from './language.ts';
import { commonWords } from './messages/common.ts';
import { english, note } from './parts.ts';
import { learnReasons } from './reasons.ts';

export interface SignIn {
  token: string;
  expiresAt: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  /** what the SIS is called in that domain */
  sisName: string | null;
  /** as the LMS names its person; known where it hands out the token */
  subject?: string;
}

const WARN_BEFORE_MS = 120_000;
const RENEW_AT_LEAST_MS = 5_000;
const RENEW_AGAIN_MS = 15_000;
/** readable beside the session's own cookie, which is not: there is something to ask for */
const SIGNED_IN = '__Host-passback-signed-in';

export abstract class SessionPage extends LitElement {
  static override properties: PropertyDeclarations = {
    link: { state: true },
    ending: { state: true },
    announcement: { state: true },
    foreign: { state: true },
  };
  link: Link = 'opening';
  ending: 'no' | 'soon' | 'ended' = 'no';
  /** the live region's text */
  announcement = '';
  /** it is in the service's own words, which are English */
  foreign = false;
  signIn: SignIn | null = null;
  api = new Api();
  /** the link's other parts: which class, which domain */
  target = new URLSearchParams();
  /** pages whose people may have signed in without a link */
  protected readonly sessions: boolean = false;
  /** signed in by the browser's session, not by a link */
  #session = false;
  #code: string | null = null;
  /** the LMS whose page shows this one in a frame, and hands it tokens */
  #parent: string | null = null;
  #timers: ReturnType<typeof setTimeout>[] = [];

  /** Called once, when the link is open. */
  protected abstract opened(signIn: SignIn): Promise<void>;

  override connectedCallback(): void {
    super.connectedCallback();
    this.target = new URLSearchParams(`${location.hash.slice(1)}&${location.search.slice(1)}`);
    this.#code = new URLSearchParams(location.hash.slice(1)).get('code');
    this.speak(languageOf(this.target.get('lang')));
    this.#parent = this.#code ? null : framedBy(this.target.get('embed'));
    // A code is good for one use, but neither history nor a shoulder-surfer should get to keep it.
    history.replaceState(null, '', location.pathname + location.search);
    void this.open();
  }

  /** From now on everything is said in this language. */
  private speak(language: Language): void {
    speak(language);
    document.documentElement.lang = language;
    // in place: what is typed, chosen or opened stays
    const again = () => {
      this.requestUpdate();
      if (this.hasUpdated) redraw(this.renderRoot);
    };
    again();
    void learnReasons(language).then(again, () => undefined);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#timers.forEach(clearTimeout);
  }

  async open(): Promise<void> {
    // never in a frame: whoever shows it could have the signed-in person press what he does not see
    this.#session =
      !this.#code && this.sessions && window.parent === window && document.cookie.includes(`${SIGNED_IN}=`);
    if (!this.#code && !this.#session && !this.#parent) {
      this.link = 'none';
      return;
    }
    this.link = 'opening';
    let signIn: SignIn;
    try {
      signIn = this.#code
        ? await this.api.post<SignIn>('sign-in', { code: this.#code })
        : await (this.#parent ? signInFrom(this.#parent) : this.#ofSession());
    } catch (error) {
      if (error instanceof Problem && error.code === 'ORIGIN_NOT_ALLOWED') {
        this.link = 'none';
        return;
      }
      // the next token that the LMS hands over may do: there is no link that could have been used
      if (error instanceof NoAnswer || (this.#parent && error instanceof Problem && error.status < 429)) {
        this.link = 'noToken';
        return;
      }
      if (this.#session && error instanceof Problem && error.status === 401) {
        forget();
        this.link = 'none';
        return;
      }
      // A code that the service has refused stays refused; a service that does not answer may be asked again.
      this.link =
        error instanceof Unreachable || (error instanceof Problem && error.status >= 429)
          ? 'unreachable'
          : 'used';
      return;
    }
    this.#code = null;
    this.#hold(signIn);
    this.link = 'open';
    await this.opened(signIn);
  }

  /** From now on everything is asked with this token. */
  #hold(signIn: SignIn): void {
    this.signIn = signIn;
    this.api = new Api(signIn.token);
    this.ending = 'no';
    this.#timers.forEach(clearTimeout);
    const left = Date.parse(signIn.expiresAt) - Date.now();
    this.#timers = [
      setTimeout(
        () => this.#endsSoon(),
        // an LMS that hands out the same short one again is not asked again at once
        Math.max(left - WARN_BEFORE_MS, this.#parent ? Math.max(left / 2, RENEW_AT_LEAST_MS) : 0),
      ),
      setTimeout(() => (this.ending = 'ended'), Math.max(0, left)),
    ];
  }

  /** The LMS around it gives another token without a word, if need be the second time; everybody else is told. */
  async #endsSoon(): Promise<void> {
    try {
      if (this.#parent) {
        const next = await signInFrom(this.#parent);
        // somebody else has signed in there: nothing of the former one stays
        if (!this.signIn || !isSamePerson(next, this.signIn)) return location.reload();
        return this.#hold(next);
      }
    } catch {
      const isAlive = this.signIn && Date.now() < Date.parse(this.signIn.expiresAt);
      if (isAlive) this.#timers.push(setTimeout(() => this.#endsSoon(), RENEW_AGAIN_MS));
    }
    if (this.ending !== 'ended') this.ending = 'soon';
  }

  async #ofSession(): Promise<SignIn> {
    // no other site can send a header of its own: the cookie alone is never enough
    const headers = { 'x-passback-page': 'admin' };
    return (await new Api(null, 'same-origin').request<SignIn>('POST', 'session/tokens', {}, headers)).value;
  }

  /** Another hour, for as long as the session lasts. */
  async stay(): Promise<void> {
    try {
      this.#hold(await this.#ofSession());
    } catch (error) {
      this.announce(this.explain(error));
    }
  }

  async signOut(): Promise<void> {
    // the token may have run out before the session, and only a token may end it
    if (this.ending === 'ended') await this.stay();
    try {
      // with cookies, or the browser would not let the answer take its own away
      await new Api(this.signIn?.token, 'same-origin').request('DELETE', 'session');
    } catch (error) {
      // one that has ended already needs no end
      if (!(error instanceof Problem)) return this.announce(this.explain(error));
    }
    forget();
    location.reload();
  }

  /** For whoever has signed in here, and not by a link that dies by itself. */
  protected signOutButton(): unknown {
    return this.#session
      ? html`<button @click=${() => this.signOut()}>${commonWords().session.signOut}</button>`
      : nothing;
  }

  /** What to tell the person about an error, in plain words; a 401 ends the session. */
  explain(error: unknown): string {
    const words = commonWords().session;
    if (error instanceof Unreachable) return words.unreachable;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) this.ending = 'ended';
    if (error.status === 401) return words.tooLong;
    const reference = error.requestId && error.status >= 500 ? words.reference(error.requestId) : '';
    return `${error.message}${reference}`;
  }

  /** Said to screen readers; the same text again is said again. */
  announce(text: string, inEnglish = false): void {
    this.foreign = inEnglish;
    this.announcement = this.announcement === text ? `${text}\u00a0` : text;
  }

  override render(): TemplateResult {
    return html`<main class="stack">
      ${
        this.link === 'open'
          ? [this.endNote(), this.content()]
          : door(this.link, { signsIn: this.sessions, tryAgain: () => void this.open() })
      }
      ${this.languageChoice()}
      <div class="hidden" role="status">${this.foreign ? english(this.announcement) : this.announcement}</div>
    </main>`;
  }

  private languageChoice(): unknown {
    const names: Record<Language, string> = { en: 'English', es: 'Español' };
    return html`<nav class="row languages" aria-label=${commonWords().session.language}>
      ${languages
        .filter((language) => language !== spoken())
        .map(
          (language) =>
            html`<button class="link small" lang=${language} @click=${() => this.speak(language)}>
              ${names[language]}
            </button>`,
        )}
    </nav>`;
  }

  protected abstract content(): unknown;

  private endNote(): unknown {
    if (this.ending === 'no') return nothing;
    const words = commonWords().session;
    if (this.#session)
      return html`<div role="alert">
        ${note('warn', words.signedOutSoon)}
        <p>
          <button class="primary" @click=${() => this.stay()}>${words.stay}</button>
        </p>
      </div>`;
    return html`<div role="alert">${note('warn', this.ending === 'soon' ? words.soon : words.ended)}</div>`;
  }
}

const isSamePerson = (a: SignIn, b: SignIn): boolean =>
  a.subject === b.subject && a.role === b.role && a.domainId === b.domainId;

function forget(): void {
  document.cookie = `${SIGNED_IN}=; Path=/; Max-Age=0; Secure`;
}
