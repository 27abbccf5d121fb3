/** Pieces of markup that several screens share. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons.ts';
import type { Reason } from './answers.ts';
import { spoken } from './language.ts';
import { commonWords } from './messages/common.ts';
import { reasonTexts } from './reasons.ts';
import { when, whoFixes, type StateWord, type Tone } from './words.ts';

export const pill = ({ tone, word }: StateWord): TemplateResult =>
  html`<span class="pill ${tone}">${icon(tone)}<span>${word}</span></span>`;

export const time = (iso: string): TemplateResult =>
  html`<time datetime=${iso} title=${new Date(iso).toString()}>${when(iso)}</time>`;

/** A remark in a box; `tone` gives colour and picture. */
export const note = (tone: Tone, text: unknown, actions: unknown = nothing): TemplateResult =>
  html`<div class="note ${tone}">
    ${icon(tone)}
    <div>${text}</div>
    ${actions}
  </div>`;

/** What happened and what to do about it; what was left out by choice is nothing to be fixed. */
export const reasonText = (reason: Reason, sis: string, byChoice = false): TemplateResult =>
  html`${messageOf(reason)}
    <span class="fix">${byChoice ? nothing : whoFixes(reason, sis)} ${fixOf(reason)}</span>`;

/** What happened, in the language of the page; what the SIS said, names and numbers stay as they came. */
export function messageOf({ code, message }: Pick<Reason, 'code' | 'message'>): unknown {
  const text = reasonTexts(code)?.[0];
  if (text === undefined || message === '') return english(message);
  const facts = factsIn(message);
  return facts === '' ? `${text}.` : html`${text}<span lang="en">${facts}</span>`;
}

/** Both as one text, for where no part of it can be marked as English. */
export function plainReason({ code, message, fix }: Reason): { message: string; fix: string } {
  const texts = message === '' ? undefined : reasonTexts(code);
  if (!texts) return { message, fix };
  return { message: `${texts[0]}${factsIn(message) || '.'}`, fix: texts[1] };
}

/** What to do about it. */
export const fixOf = ({ code, fix }: Pick<Reason, 'code' | 'fix'>): unknown =>
  reasonTexts(code)?.[1] ?? english(fix);

/** The dictionary puts the facts of a case behind its sentence, in brackets or after a colon. */
const factsIn = (message: string): string => /(?: \(|: ).*$/s.exec(message)?.[0] ?? '';

/** The service's own words are English, whatever the page speaks (WCAG 3.1.2). */
export const english = (text: string): unknown =>
  spoken() === 'en' || text === '' ? text : html`<span lang="en">${text}</span>`;

/** A switch with a written On or Off; the visible words come first in its name (WCAG 2.5.3). */
export function onOff(options: {
  on: boolean;
  name: string;
  disabled?: boolean;
  toggle: (on: boolean) => void;
}): TemplateResult {
  const { on, name, disabled = false, toggle } = options;
  return html`<button
    class="switch"
    role="switch"
    type="button"
    aria-checked=${on}
    aria-disabled=${disabled ? 'true' : nothing}
    @click=${() => !disabled && toggle(!on)}
  >
    <span class="track" aria-hidden="true"></span><span>${on ? commonWords().on : commonWords().off}</span
    ><span class="hidden"> – ${name}</span>
  </button>`;
}
