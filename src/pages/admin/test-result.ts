/** The connection test, line by line, and as a text to hand on: it holds no secret. */
import { html, nothing } from 'lit';
import type { TestReport, TestStep } from '../answers.ts';
import { icon } from '../icons.ts';

const names: Record<string, string> = {
  address: 'Address found',
  tls: 'Secure connection',
  token: 'Signed in',
  scopes: 'Permissions',
  categories: 'Categories read',
  class: 'Class read',
  students: 'Students match',
  classCategories: 'Categories match',
  reading: 'Scores can be read back',
  writing: 'Assignment written',
  titles: 'Length of titles',
  bulk: 'Many scores at once',
  overMax: 'More than the points',
  exempt: 'Excused score',
  deleting: 'Deleting',
  speed: 'Speed',
  cleanUp: 'Cleaned up',
};
const tones = { ok: 'good', failed: 'bad', warning: 'warn', skipped: 'plain' } as const;
const words = { ok: 'passed', failed: 'failed', warning: 'check this', skipped: 'not tried' } as const;

const nameOf = (step: TestStep) => names[step.name] ?? step.name;
export const verdict = (report: TestReport) =>
  report.ok ? 'The connection works.' : 'The connection does not work yet.';
const asText = (report: TestReport) =>
  [
    verdict(report),
    ...report.steps.map(
      (step) => `${nameOf(step)}: ${words[step.status]}. ${step.detail}${step.code ? ` [${step.code}]` : ''}`,
    ),
  ].join('\n');

export function testResult(report: TestReport | 'running' | null) {
  if (report === null) return nothing;
  if (report === 'running') {
    return html`<p class="row" aria-busy="true">${icon('busy', true)} Testing the connection…</p>`;
  }
  return html`<div class="steps">
    <h3>${verdict(report)}</h3>
    <ol>
      ${report.steps.map(
        (step) =>
          html`<li>
            <span class="pill ${tones[step.status]}"
              >${icon(tones[step.status])}<span>${words[step.status]}</span></span
            >
            <span><strong>${nameOf(step)}</strong><br /><span class="quiet">${step.detail}</span></span>
          </li>`,
      )}
    </ol>
    ${
      // Only pages from a secure address may write to the clipboard.
      isSecureContext
        ? html`<button type="button" @click=${() => navigator.clipboard.writeText(asText(report))}>
            Copy report
          </button>`
        : nothing
    }
  </div>`;
}
