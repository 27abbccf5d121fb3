/**
 * A custom element with Lit's templates. Without Lit's own elements: those are half as much again, in every page of an
 * LMS.
 */
import { render, type TemplateResult } from 'lit/html.js';
import { sheet } from './look.ts';

export abstract class DrawnElement extends HTMLElement {
  #drawing = false;
  #renewing = false;

  constructor() {
    super();
    this.attachShadow({ mode: 'open', delegatesFocus: true }).adoptedStyleSheets = [sheet()];
  }

  protected abstract content(): TemplateResult;

  /** It is about something else now, or has come into the page. */
  protected renewed(): void {
    // nothing to be looked up
  }

  /** It has been drawn. */
  protected drawn(): void {
    // nothing to be told
  }

  connectedCallback(): void {
    this.renew();
  }

  /** Some frameworks set every attribute whenever they draw. */
  attributeChangedCallback(_name: string, old: string | null, now: string | null): void {
    if (old !== now) this.renew();
  }

  /** Several attributes in a row are one change. */
  protected renew(): void {
    if (this.#renewing) return;
    this.#renewing = true;
    queueMicrotask(() => {
      this.#renewing = false;
      if (!this.isConnected) return;
      this.renewed();
      this.requestUpdate();
    });
  }

  requestUpdate(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (!this.isConnected || !this.shadowRoot) return;
      render(this.content(), this.shadowRoot);
      this.drawn();
    });
  }

  /** Told to the page; answers whether nobody there has taken it upon himself. */
  protected tell(name: string, detail: object, cancelable = false): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  }
}
