/** A screen with forms that are read when they are sent: their fields, texts to be copied, and asking once more. */
import { html, nothing } from 'lit';
import { accessWords } from '../messages/admin-access.ts';
import { Screen } from './screen.ts';

export abstract class FormScreen extends Screen {
  /** A text to be copied, such as an address, with a button where the browser lets us. */
  protected copyable(name: string, text: string, secret = false) {
    const words = accessWords();
    const copy = () =>
      navigator.clipboard.writeText(text).then(
        () => this.console.announce(words.copied),
        () => undefined,
      );
    return html`<div class="field">
      <span class="name">${name}</span>
      <code class=${secret ? 'secret' : ''}>${text}</code>
      ${
        isSecureContext
          ? html`<div>
              <button type="button" @click=${copy}>
                ${words.copy}<span class="hidden"> – ${name}</span>
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  /** A field of a form, read with FormData. */
  protected field(
    name: string,
    label: string,
    { hint = '', type = 'text', value = '', rows = 0, required = true } = {},
  ) {
    const described = hint ? `${name}-hint` : nothing;
    return html`<div class="field">
      <label for=${name}>${label}</label>
      ${hint ? html`<span class="quiet small" id=${`${name}-hint`}>${hint}</span>` : nothing}
      ${
        rows > 0
          ? html`<textarea
              id=${name}
              name=${name}
              rows=${rows}
              spellcheck="false"
              ?required=${required}
              .value=${value}
              aria-describedby=${described}
            ></textarea>`
          : html`<input
              id=${name}
              name=${name}
              type=${type}
              spellcheck="false"
              autocomplete=${type === 'password' ? 'new-password' : 'off'}
              ?required=${required}
              .value=${value}
              aria-describedby=${described}
            />`
      }
    </div>`;
  }
}

/** What was typed into a form's field. */
export function typed(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
export const typedLines = (form: FormData, name: string): string[] =>
  typed(form, name)
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
