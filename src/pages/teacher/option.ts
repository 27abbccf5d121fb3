/** One of a list to choose from, chosen as the values say, whatever was picked since: also where that was refused. */
import { html, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';

export const option = (value: string, chosen: string, text: unknown): TemplateResult =>
  html`<option value=${value} .selected=${live(value === chosen)}>${text}</option>`;
