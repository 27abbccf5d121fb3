/** What both buttons have: whose class they are for, a token, a language, and the way to the teacher's page. */
import { Problem, Unreachable, type Api } from '../api.ts';
import { languageOf, speak } from '../language.ts';
import { DrawnElement } from './drawn-element.ts';
import type { About } from './requests.ts';
import { forget, NoToken, withToken, type GetToken } from './tokens.ts';

/** where the script came from: …/embed/v1/sync-grades.js */
const ORIGIN = new URL('../../', import.meta.url).href;
const attributes = {
  classId: 'class-id',
  assignmentId: 'assignment-id',
  studentId: 'student-id',
  serviceUrl: 'service-url',
  locale: 'locale',
};

export interface OpenPage extends About {
  view: 'assignments' | 'settings';
}

export abstract class GradesElement extends DrawnElement {
  static readonly observedAttributes = Object.values(attributes);
  declare classId: string | null;
  declare assignmentId: string | null;
  declare studentId: string | null;
  declare serviceUrl: string | null;
  declare locale: string | null;
  /** code of why the last thing that was asked for did not happen */
  protected trouble: string | null = null;
  #getToken: GetToken | null = null;
  /** the service has answered us once: what does not come through now is the network */
  #reached = false;

  get getToken(): GetToken | null {
    return this.#getToken;
  }
  set getToken(value: GetToken | null) {
    const before = this.#getToken;
    this.#getToken = value;
    if (before && !value) forget(before);
    if (!before || !value) this.renew();
    else if (before !== value) this.mayBeAnothers();
  }

  /** A new function may give the token of another person; some frameworks set one whenever they draw. */
  protected mayBeAnothers(): void {
    // it is asked when a token is needed next
  }

  override connectedCallback(): void {
    // what the page has set before this script was there hides the accessors
    for (const name of [...Object.keys(attributes), 'getToken']) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    super.connectedCallback();
  }

  protected override renewed(): void {
    this.trouble = null;
  }

  /** Before anything is said: several of them in one page may speak several languages. */
  protected speak(): void {
    const around = this.closest<HTMLElement>('[lang]')?.lang;
    const asked = this.locale ?? around ?? document.documentElement.lang;
    speak(languageOf(asked), [asked, ...navigator.languages]);
  }

  get #base(): string {
    return this.serviceUrl ? this.serviceUrl.replace(/\/*$/, '/') : ORIGIN;
  }

  /** @throws what the API says, Unreachable, NoToken */
  protected async ask<T>(ask: (api: Api) => Promise<T>): Promise<T> {
    if (!this.#getToken) throw new NoToken('getToken is not set');
    const answer = await withToken(this.#getToken, this.#base, ask);
    this.#reached = true;
    return answer;
  }

  /** What went wrong, as the API calls it, or in a word of ours. */
  protected async codeOf(error: unknown): Promise<string> {
    if (error instanceof Problem) return error.code;
    if (error instanceof NoToken) return 'NO_TOKEN';
    if (!(error instanceof Unreachable)) throw error;
    return this.#reached || !(await this.#isUp()) ? 'UNREACHABLE' : 'ORIGIN_NOT_ALLOWED';
  }

  /** Browsers do not tell a refusal of this site from a service that is down; what everybody may load does. */
  async #isUp(): Promise<boolean> {
    const anybodys = `${this.#base}embed/v1/integrity.json`;
    try {
      return (await fetch(anybodys, { cache: 'no-store', credentials: 'omit' })).ok;
    } catch {
      return false;
    }
  }

  protected about(): About {
    return { classId: this.classId ?? '', assignmentId: this.assignmentId, studentId: this.studentId };
  }

  /** The teacher's page in a tab of its own, signed in by a one-time link; unless the LMS shows it in its own way. */
  protected async openPage(view: OpenPage['view']): Promise<void> {
    this.trouble = null;
    const { classId, assignmentId } = this.about();
    if (!this.tell('open-page', { view, ...this.about() } satisfies OpenPage, true)) return;
    // at once, while it is the press that opens it: later it would be a pop-up
    const tab = window.open('', '_blank');
    try {
      if (!tab) return this.failed('POPUP_BLOCKED');
      tab.opener = null;
      const body = { classId, view, ...(assignmentId ? { lineItemId: assignmentId } : {}) };
      const { pageUrl } = await this.ask((api) => api.post<{ pageUrl: string }>('token/links', body));
      // anything but an address would be run in the name of the page that we stand in
      if (!/^https?:/.test(pageUrl)) throw new Unreachable('There is no page.');
      tab.location.replace(pageUrl);
    } catch (error) {
      tab?.close();
      this.failed(await this.codeOf(error));
    }
  }

  protected failed(code: string): void {
    this.trouble = code;
    this.tell('sync-error', { ...this.about(), code });
    this.requestUpdate();
  }
}

for (const [property, attribute] of Object.entries(attributes))
  Object.defineProperty(GradesElement.prototype, property, {
    get(this: HTMLElement) {
      return this.getAttribute(attribute);
    },
    set(this: HTMLElement, value: string | null | undefined) {
      if (value == null) this.removeAttribute(attribute);
      else this.setAttribute(attribute, value);
    },
    configurable: true,
    enumerable: true,
  });
