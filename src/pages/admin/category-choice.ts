/** One of the categories that the SIS has, where somebody has looked; else its id as it is typed. */
import { html, nothing } from 'lit';
import type { SisCategories } from './admin-answers.ts';
import { textField } from './text-field.ts';

export interface CategoryChoice {
  id: string;
  name: string;
  chosen: string;
  /** what stands there while nothing is chosen */
  none: string;
  choose: (sourcedId: string) => unknown;
  missing?: string | undefined;
}

export function categoryChoice(sis: SisCategories | null, of: CategoryChoice) {
  const { id, name, chosen, none, choose, missing } = of;
  const items = sis?.items ?? [];
  if (items.length === 0)
    return textField({ id, name, value: chosen, typed: (text) => choose(text.trim()), missing });
  const gone = chosen !== '' && !items.some(({ sourcedId }) => sourcedId === chosen);
  return html`<div class="field">
    <label for=${id}>${name}</label>
    <select
      id=${id}
      aria-invalid=${missing ? 'true' : nothing}
      aria-describedby=${missing ? `${id}-error` : nothing}
      @change=${(e: Event) => choose((e.target as HTMLSelectElement).value)}
    >
      <option value="" .selected=${chosen === ''}>${none}</option>
      ${gone ? html`<option value=${chosen} .selected=${true}>${chosen}</option>` : nothing}
      ${items.map(
        ({ sourcedId, title }) =>
          html`<option value=${sourcedId} .selected=${sourcedId === chosen}>${title}</option>`,
      )}
    </select>
    ${missing ? html`<span class="error" id=${`${id}-error`}>${missing}</span>` : nothing}
  </div>`;
}
