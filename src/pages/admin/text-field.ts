/** A field for a text that is read while it is typed, with its hint and the complaint about it. */
import { html, nothing } from 'lit';
import { english } from '../parts.ts';

export interface TextField {
  id: string;
  name: string;
  value: string;
  typed: (value: string) => unknown;
  hint?: string;
  /** in the API's words */
  error?: string | undefined;
  /** in those of the page */
  missing?: string | undefined;
  type?: string;
  mode?: string;
  placeholder?: string;
  /** several lines */
  rows?: number;
}

export function textField({ id, name, value, typed, hint = '', rows, ...look }: TextField) {
  const { type = 'text', mode = 'text', placeholder = '' } = look;
  const error = look.missing ?? (look.error ? english(look.error) : undefined);
  const described =
    [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || nothing;
  const input = (e: Event) => typed((e.target as HTMLInputElement).value);
  const invalid = error ? 'true' : nothing;
  return html`<div class="field">
    <label for=${id}>${name}</label>
    ${hint ? html`<span class="quiet small" id=${`${id}-hint`}>${hint}</span>` : nothing}
    ${
      rows
        ? html`<textarea
            id=${id}
            rows=${rows}
            spellcheck="false"
            .value=${value}
            aria-invalid=${invalid}
            aria-describedby=${described}
            @input=${input}
          ></textarea>`
        : html`<input
            id=${id}
            type=${type}
            inputmode=${mode}
            spellcheck="false"
            autocomplete=${type === 'password' ? 'new-password' : 'off'}
            placeholder=${placeholder}
            .value=${value}
            aria-invalid=${invalid}
            aria-describedby=${described}
            @input=${input}
          />`
    }
    ${error === undefined ? nothing : html`<span class="error" id=${`${id}-error`}>${error}</span>`}
  </div>`;
}
