/**
 * What both buttons have: whose class they are for, a token, a language, events, and the way to the teacher's page.
 * Lit's templates without its elements: those are half as much again, in every page of an LMS.
 */
import { render, type TemplateResult } from 'lit/html.js';
import { Problem, Unreachable, type Api } from '../api.ts';
import { languageOf, speak } from '../language.ts';
import { sheet } from './look.ts';
import { carryOn, NoToken, withToken, type GetToken } from './tokens.ts';

/** where the script came from: …/embed/v1/sync-grades.js */
const ORIGIN = new URL('../../', import.meta.url).href;
const ATTRIBUTES = ['class-id', 'assignment-id', 'student-id', 'service-url', 'locale'];
const PROPERTIES = ['classId', 'assignmentId', 'studentId', 'serviceUrl', 'locale', 'getToken'] as const;

export interface OpenPage {
  view: 'assignments' | 'settings';
  classId: string;
  assignmentId: string | null;
  studentId: string | null;
}

export abstract class GradesElement extends HTMLElement {
  static readonly observedAttributes = ATTRIBUTES;
  /** code of why the last thing that was asked for did not happen */
  protected trouble: string | null = null;
  #getToken: GetToken | null = null;
  /** the service has answered us once: what does not come through now is the network */
  #reached = false;
  #drawing = false;
  #renewing = false;

  constructor() {
    super();
    this.attachShadow({ mode: 'open', delegatesFocus: true }).adoptedStyleSheets = [sheet()];
  }

  get classId(): string | null {
    return this.getAttribute('class-id');
  }
  set classId(value: string | null) {
    this.#set('class-id', value);
  }
  get assignmentId(): string | null {
    return this.getAttribute('assignment-id');
  }
  set assignmentId(value: string | null) {
    this.#set('assignment-id', value);
  }
  get studentId(): string | null {
    return this.getAttribute('student-id');
  }
  set studentId(value: string | null) {
    this.#set('student-id', value);
  }
  get serviceUrl(): string | null {
    return this.getAttribute('service-url');
  }
  set serviceUrl(value: string | null) {
    this.#set('service-url', value);
  }
  get locale(): string | null {
    return this.getAttribute('locale');
  }
  set locale(value: string | null) {
    this.#set('locale', value);
  }
  get getToken(): GetToken | null {
    return this.#getToken;
  }
  set getToken(value: GetToken | null) {
    const before = this.#getToken;
    this.#getToken = value;
    if (before && value) carryOn(before, value);
    else this.#renew();
  }
  get #base(): string {
    return this.serviceUrl ? this.serviceUrl.replace(/\/*$/, '/') : ORIGIN;
  }
  #set(name: string, value: string | null): void {
    if (value == null) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  connectedCallback(): void {
    // what the page has set before this script was there hides the accessors
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = this[name];
      Reflect.deleteProperty(this, name);
      Object.assign(this, { [name]: value });
    }
    this.#renew();
  }

  attributeChangedCallback(): void {
    this.#renew();
  }

  /** It is about something else now; several attributes in a row are one change. */
  #renew(): void {
    this.requestUpdate();
    if (this.#renewing) return;
    this.#renewing = true;
    queueMicrotask(() => {
      this.#renewing = false;
      this.trouble = null;
      if (this.isConnected) this.renewed();
    });
  }

  /** Whoever it is for has changed, or it has come into the page. */
  protected renewed(): void {
    // nothing to be looked up
  }
  protected abstract content(): TemplateResult;
  /** It has been drawn. */
  protected drawn(): void {
    // nothing to be told
  }

  requestUpdate(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (!this.isConnected || !this.shadowRoot) return;
      this.speak();
      render(this.content(), this.shadowRoot);
      this.drawn();
    });
  }

  /** Before anything is said: several of them in one page may speak several languages. */
  protected speak(): void {
    const around = this.closest<HTMLElement>('[lang]')?.lang;
    const asked = this.locale ?? around ?? document.documentElement.lang;
    speak(languageOf(asked), [asked, ...navigator.languages]);
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
    try {
      return (await fetch(`${this.#base}embed/v1/integrity.json`, { cache: 'no-store', credentials: 'omit' }))
        .ok;
    } catch {
      return false;
    }
  }

  /** Told to the page; answers whether nobody there has taken it upon himself. */
  protected tell(name: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }

  protected about(): Omit<OpenPage, 'view'> {
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
