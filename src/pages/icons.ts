/** Small pictures that stand beside a word, never alone: state is not told by colour or shape only. */
import { svg, html, type TemplateResult } from 'lit';
import type { Tone } from './words.ts';

const shapes = {
  good: svg`<path d="M3.5 8.5l3 3 6-7" />`,
  busy: svg`<path d="M13.5 8a5.5 5.5 0 1 1-2-4.2M13.5 2v3h-3" />`,
  warn: svg`<circle cx="8" cy="8" r="5.7" /><path d="M8 4.8V8l2.2 1.6" />`,
  bad: svg`<path d="M8 2.2l6.2 11.1H1.8zM8 6.4v3M8 11.4v.1" />`,
  plain: svg`<circle cx="8" cy="8" r="5.7" /><path d="M5.3 8h5.4" />`,
};

export function icon(tone: Tone, spinning = false): TemplateResult {
  return html`<svg
    class=${spinning ? 'spin' : ''}
    aria-hidden="true"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${shapes[tone]}
  </svg>`;
}
