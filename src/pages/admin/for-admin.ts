/** A reason as an admin reads it: the administrator whom it speaks of is he, and the teacher is somebody else. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Reason } from '../answers.ts';
import { Problem } from '../api.ts';
import { consoleWords } from '../messages/admin.ts';
import { fixOf, messageOf } from '../parts.ts';
import type { Console } from './console.ts';

/** What stands in the way: as a text, and as it is shown, for the service's own words are English. */
export function explained(console: Console, error: unknown) {
  const text = console.explain(error);
  const inEnglish = error instanceof Problem && error.status !== 401;
  return { text, inEnglish, shown: inEnglish ? html`<span lang="en">${text}</span>` : text };
}

/** What to do about it. What the service says in another language than the page stays as it came. */
export function fixForAdmin(reason: Reason): unknown {
  const fix = fixOf(reason);
  return typeof fix === 'string' ? consoleWords().asAdmin(fix) : fix;
}

/** What happened and what to do about it; what was left out by choice is nothing to be fixed. */
export const reasonForAdmin = (reason: Reason, sis: string, byChoice = false): TemplateResult =>
  html`${messageOf(reason)}
    <span class="fix">
      ${byChoice ? nothing : consoleWords().fixBy[reason.fixBy](sis)} ${fixForAdmin(reason)}
    </span>`;
