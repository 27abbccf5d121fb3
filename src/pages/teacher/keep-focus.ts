/** Where what had the focus is gone, the focus goes on: in its row, to the next button, or to what heads the list. */
import type { LitElement, ReactiveController } from 'lit';

export class KeepFocus implements ReactiveController {
  readonly #host: LitElement;
  #focused: Element | null = null;
  #row: Element | null = null;
  #after: HTMLElement[] = [];

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  hostUpdate(): void {
    const root = this.#host.shadowRoot;
    this.#focused = root?.activeElement ?? null;
    this.#row = this.#focused?.closest('tr, li') ?? null;
    const buttons = root && this.#focused ? [...root.querySelectorAll<HTMLElement>('button')] : [];
    this.#after = buttons.slice(buttons.findIndex((button) => button === this.#focused) + 1);
  }

  hostUpdated(): void {
    if (!this.#focused || this.#focused.isConnected) return;
    const inRow = this.#row?.isConnected
      ? this.#row.querySelector<HTMLElement>('td:last-child button')
      : null;
    const next = inRow ?? this.#after.find((button) => button.isConnected);
    (next ?? this.#host.shadowRoot?.querySelector<HTMLElement>('[tabindex="-1"]'))?.focus();
  }
}
