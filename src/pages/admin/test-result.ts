/** The connection test, line by line, and as a text to hand on: it holds no secret. */
import { html, nothing } from 'lit';
import type { TestReport, TestStep } from '../answers.ts';
import { icon } from '../icons.ts';
import { settingsWords } from '../messages/admin-settings.ts';
import { english, note } from '../parts.ts';

const tones = { ok: 'good', failed: 'bad', warning: 'warn', skipped: 'plain' } as const;

/** What a person must take away in the SIS, for the test could not. */
export const leavesBehind = ({ leftBehind }: TestReport): boolean => (leftBehind?.length ?? 0) > 0;

const nameOf = (step: TestStep) => settingsWords().stepNames[step.name] ?? step.name;
export const verdict = (report: TestReport) => (report.ok ? settingsWords().works : settingsWords().worksNot);

function asText(report: TestReport): string {
  const words = settingsWords();
  return [
    verdict(report),
    ...report.steps.map(
      (step) =>
        `${nameOf(step)}: ${words.stepStates[step.status]}. ${step.detail}${step.code ? ` [${step.code}]` : ''}`,
    ),
  ].join('\n');
}

/** `use`: what to do with an address that was found to answer instead. */
export function testResult(report: TestReport | 'running' | null, use?: (address: string) => void) {
  const words = settingsWords();
  if (report === null) return nothing;
  if (report === 'running')
    return html`<p class="row" aria-busy="true">${icon('busy', true)} ${words.testing}</p>`;
  const address = report.suggestedBaseUrl;
  return html`<div class="steps">
    <h3>${verdict(report)}</h3>
    <ol>
      ${report.steps.map(
        (step) =>
          html`<li>
            <span class="pill ${tones[step.status]}"
              >${icon(tones[step.status])}<span>${words.stepStates[step.status]}</span></span
            >
            <span
              ><strong>${nameOf(step)}</strong><br /><span class="quiet">${english(step.detail)}</span>${
                step.code && words.cures[step.code]
                  ? html`<br /><span>${words.cures[step.code]}</span>`
                  : nothing
              }</span
            >
          </li>`,
      )}
    </ol>
    ${
      address
        ? note(
            'plain',
            words.suggested(address),
            use ? html`<button type="button" @click=${() => use(address)}>${words.useIt}</button>` : nothing,
          )
        : nothing
    }
    ${
      report.leftBehind && leavesBehind(report)
        ? note(
            'warn',
            html`${words.leftBehind}
              <ul>
                ${report.leftBehind.map(({ title, sourcedId }) => html`<li>${title} (${sourcedId})</li>`)}
              </ul>`,
          )
        : nothing
    }
    ${
      // Only pages from a secure address may write to the clipboard.
      isSecureContext
        ? html`<button type="button" @click=${() => navigator.clipboard.writeText(asText(report))}>
            ${words.copyReport}
          </button>`
        : nothing
    }
  </div>`;
}
