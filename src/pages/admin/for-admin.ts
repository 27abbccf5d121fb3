/** A reason as an admin reads it: the administrator whom it speaks of is he, and the teacher is somebody else. */
import { html, nothing, type TemplateResult } from 'lit';
import type { Reason } from '../answers.ts';
import { consoleWords } from '../messages/admin.ts';
import { fixOf, messageOf } from '../parts.ts';

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
