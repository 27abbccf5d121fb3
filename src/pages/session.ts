/** What every page does: open its one-time link, keep the token in memory only, notice when it ends. */
import { LitElement, html, nothing, type PropertyDeclarations, type TemplateResult } from 'lit';
import { Api, Problem, Unreachable } from './api.ts';
import { note } from './parts.ts';

export interface SignIn {
  token: string;
  expiresAt: string;
  role: 'teacher' | 'admin';
  domainId: string;
  classIds: string[] | null;
  displayName: string;
  /** what the SIS is called in that domain */
  sisName: string | null;
}
type Link = 'opening' | 'open' | 'none' | 'used' | 'unreachable';

const WARN_BEFORE_MS = 120_000;

export abstract class SessionPage extends LitElement {
  static override properties: PropertyDeclarations = {
    link: { state: true },
    ending: { state: true },
    announcement: { state: true },
  };
  link: Link = 'opening';
  ending: 'no' | 'soon' | 'ended' = 'no';
  /** the live region's text */
  announcement = '';
  signIn: SignIn | null = null;
  api = new Api();
  /** the link's other parts: which class, which domain */
  target = new URLSearchParams();
  #code: string | null = null;
  #timers: ReturnType<typeof setTimeout>[] = [];

  /** Called once, when the link is open. */
  protected abstract opened(signIn: SignIn): Promise<void>;

  override connectedCallback(): void {
    super.connectedCallback();
    this.target = new URLSearchParams(location.hash.slice(1));
    this.#code = this.target.get('code');
    // A code is good for one use, but neither history nor a shoulder-surfer should get to keep it.
    history.replaceState(null, '', location.pathname + location.search);
    void this.open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#timers.forEach(clearTimeout);
  }

  async open(): Promise<void> {
    if (!this.#code) {
      this.link = 'none';
      return;
    }
    this.link = 'opening';
    try {
      this.signIn = await this.api.post<SignIn>('sign-in', { code: this.#code });
    } catch (error) {
      // A code that the service has refused stays refused; a service that does not answer may be asked again.
      this.link =
        error instanceof Unreachable || (error instanceof Problem && error.status >= 429)
          ? 'unreachable'
          : 'used';
      return;
    }
    this.#code = null;
    this.api = new Api(this.signIn.token);
    this.link = 'open';
    const left = Date.parse(this.signIn.expiresAt) - Date.now();
    this.#timers = [
      setTimeout(() => (this.ending = 'soon'), Math.max(0, left - WARN_BEFORE_MS)),
      setTimeout(() => (this.ending = 'ended'), Math.max(0, left)),
    ];
    await this.opened(this.signIn);
  }

  /** What to tell the person about an error, in plain words; a 401 ends the session. */
  explain(error: unknown): string {
    if (error instanceof Unreachable) return 'Grade sync is not reachable – your grades are safe.';
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) this.ending = 'ended';
    if (error.status === 401) return 'This page has been open too long.';
    const reference = error.requestId && error.status >= 500 ? ` (reference ${error.requestId})` : '';
    return `${error.message}${reference}`;
  }

  /** Said to screen readers; the same text again is said again. */
  announce(text: string): void {
    this.announcement = this.announcement === text ? `${text}\u00a0` : text;
  }

  override render(): TemplateResult {
    return html`<main class="stack">
      ${this.link === 'open' ? [this.endNote(), this.content()] : this.door()}
      <div class="hidden" role="status">${this.announcement}</div>
    </main>`;
  }

  protected abstract content(): unknown;

  private endNote(): unknown {
    if (this.ending === 'no') return nothing;
    return html`<div role="alert">
      ${note(
        'warn',
        this.ending === 'soon'
          ? 'This page closes in two minutes. Save what you have typed, then open it again.'
          : 'This page has been open too long and is no longer signed in. What you typed is still here; open the page again from where you came to go on.',
      )}
    </div>`;
  }

  private door(): TemplateResult {
    if (this.link === 'opening') return html`<p class="card quiet" aria-busy="true">Opening…</p>`;
    if (this.link === 'unreachable') {
      return html`<section class="card stack" role="alert">
        <h1>Grade sync is not reachable</h1>
        <p>Your grades are safe. Check your network, or try again in a moment.</p>
        <p><button class="primary" @click=${() => this.open()}>Try again</button></p>
      </section>`;
    }
    return html`<section class="card stack">
      <h1>
        ${this.link === 'used' ? 'This link has been used or has expired' : 'Open this page from your LMS'}
      </h1>
      <p>
        ${
          this.link === 'used'
            ? 'Each link opens this page once, and only for a short time.'
            : 'This page needs a link that your LMS makes for you.'
        }
        Go back to your LMS and open grade sync from there; nothing is lost.
      </p>
    </section>`;
  }
}
