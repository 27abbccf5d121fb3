/** The lists of the review: what cannot go, what differs, and what goes with its ticks. */
import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { PlanEntry } from './teacher-answers.ts';
import { reviewWords } from '../messages/teacher-review.ts';
import { fixOf, messageOf, note } from '../parts.ts';
import { sisScore, whoFixes } from '../words.ts';
import { isWhole, type Names, type PlannedAssignment, type Review } from './review-plan.ts';

export interface ReviewParts extends Names {
  review: Review;
  sis: string;
  /** everything again: what was there already is no news */
  again: boolean;
  ticked: ReadonlySet<string>;
  tick: (lineItemIds: string[], on: boolean) => void;
  open: (lineItemId: string) => void;
}
const MOST_LINES = 30;
const MOST_CHANGES = 5;

export const reviewListsLook = css`
  ul {
    display: grid;
    gap: 0.25rem;
    list-style: none;
    margin: 0;
    padding: 0;
  }
  li {
    overflow-wrap: anywhere;
  }
  .ticks > li {
    border-top: 1px solid var(--line);
  }
  summary {
    cursor: pointer;
    font-weight: 500;
    line-height: 2.5rem;
    width: fit-content;
  }
`;

export function reviewLists(parts: ReviewParts) {
  const { review, sis } = parts;
  const words = reviewWords();
  const any = review.assignments.some(({ goes }) => goes);
  return html`${review.blocked.length > 0 ? blocked(parts) : nothing}
  ${review.differ.length > 0 ? values(parts, review.differ, words.differ(review.differ.length, sis), words.differWhy) : nothing}
  ${review.replaced.length > 0 ? values(parts, review.replaced, words.replaced(review.replaced.length, sis)) : nothing}
  ${any ? ticks(parts) : review.removed.length > 0 ? nothing : html`<p>${words.nothing(sis)}</p>`}
  ${review.removed.length > 0 ? removals(parts) : nothing}
  ${review.leftOut > 0 ? html`<p class="small quiet">${words.left(review.leftOut)}</p>` : nothing}`;
}

/** What is otherwise than it was when somebody pressed. */
export function changedLines(
  { other, gone }: { other: PlanEntry[]; gone: PlanEntry[] },
  { titleOf, nameOf }: Names,
) {
  const words = reviewWords();
  const line = ({ kind, lineItemId, studentId, action, body }: PlanEntry, isGone: boolean) => {
    const value = isGone || action === 'delete' ? null : kind === 'result' ? sisScore(body) : null;
    return html`<li>
      ${studentId === null ? nothing : html`${nameOf(studentId)}, `}${titleOf(lineItemId)}${isGone ? ` – ${words.notAnyMore}` : value === null ? nothing : ` – ${words.here(value)}`}
    </li>`;
  };
  const lines = [...other.map((one) => line(one, false)), ...gone.map((one) => line(one, true))];
  return note(
    'warn',
    html`<strong>${lines.length > 0 ? words.changedSince : words.tooOld}</strong>
      <ul>
        ${lines.slice(0, MOST_CHANGES)}
        ${lines.length > MOST_CHANGES ? html`<li>${words.moreLines(lines.length - MOST_CHANGES)}</li>` : nothing}
      </ul>`,
  );
}

function blocked({ review, sis, titleOf, nameOf, open }: ReviewParts) {
  const words = reviewWords();
  const line = ({ lineItemId, studentId }: PlanEntry) =>
    html`<li>
      <button class="link" @click=${() => open(lineItemId)}>${titleOf(lineItemId)}</button
      >${studentId === null ? nothing : html` – ${nameOf(studentId)}`}
    </li>`;
  return html`<section class="stack" aria-labelledby="blocked">
    <div>
      <h3 id="blocked">${words.blocked}</h3>
      <p class="small quiet">${words.blockedWhy}</p>
    </div>
    ${review.blocked.map(({ reason, entries }) =>
      note(
        'bad',
        html`<strong>${messageOf(reason)}</strong>
          <div>${whoFixes(reason, sis)} ${fixOf(reason)}</div>
          <ul>
            ${entries.slice(0, MOST_LINES).map(line)}
            ${entries.length > MOST_LINES ? html`<li>${words.moreLines(entries.length - MOST_LINES)}</li>` : nothing}
          </ul>`,
      ),
    )}
  </section>`;
}

function values(parts: ReviewParts, entries: PlanEntry[], heading: string, why?: string) {
  const words = reviewWords();
  const { sis, titleOf, nameOf } = parts;
  const line = ({ lineItemId, studentId, sis: held, body, reason }: PlanEntry) =>
    html`<li>
      ${studentId === null ? nothing : html`${nameOf(studentId)}, `}${titleOf(lineItemId)} –
      ${
        reason
          ? messageOf(reason)
          : html`${words.inSis(sis, sisScore(held ?? null))}${body ? html`, ${words.here(sisScore(body))}` : nothing}`
      }
    </li>`;
  return note(
    'warn',
    html`<strong>${heading}</strong> ${why ?? nothing}
      <details>
        <summary>${words.showThem}</summary>
        <ul>
          ${entries.slice(0, MOST_LINES).map(line)}
          ${entries.length > MOST_LINES ? html`<li>${words.moreLines(entries.length - MOST_LINES)}</li>` : nothing}
        </ul>
      </details>`,
  );
}

/** Nothing to be ticked: the API takes what was deleted here with the whole class only. */
function removals({ review, sis, ticked }: ReviewParts) {
  const words = reviewWords();
  const n = review.removed.length;
  return html`<p>${isWhole(review, ticked) ? words.removals(n, sis) : words.removalsStay(n, sis)}</p>`;
}

function ticks({ review, ticked, tick, titleOf, again }: ReviewParts) {
  const words = reviewWords();
  const going = review.assignments.filter(({ goes }) => goes);
  const ids = going.map(({ lineItemId }) => lineItemId);
  const box = (on: boolean, text: unknown, change: (on: boolean) => void) =>
    html`<label class="tick"
      ><input
        type="checkbox"
        .checked=${on}
        @change=${(e: Event) => change((e.target as HTMLInputElement).checked)}
      /><span>${text}</span></label
    >`;
  return html`<fieldset>
    <legend>${words.tick}</legend>
    ${
      going.length > 1
        ? box(
            ids.every((id) => ticked.has(id)),
            html`<strong>${words.tickAll}</strong>`,
            (on) => tick(ids, on),
          )
        : nothing
    }
    <ul class="ticks">
      ${repeat(
        going,
        ({ lineItemId }) => lineItemId,
        (item) =>
          html`<li>
            ${box(
              ticked.has(item.lineItemId),
              html`${titleOf(item.lineItemId)}
                <span class="quiet small">${amount(item, again)}</span>
                ${item.remarks.map((remark) => html`<div class="small quiet">${messageOf(remark)}</div>`)}`,
              (on) => tick([item.lineItemId], on),
            )}
          </li>`,
      )}
    </ul>
  </fieldset>`;
}

function amount(item: PlannedAssignment, again: boolean): string {
  const words = reviewWords();
  const { fresh, changed, cannot } = item;
  const parts = [
    fresh > 0 ? words.fresh(fresh) : null,
    changed > 0 ? (again ? words.same(changed) : words.changed(changed)) : null,
    cannot > 0 ? words.cannot(cannot) : null,
  ].filter((part) => part !== null);
  if (fresh + changed === 0) parts.unshift(words.theAssignment);
  return parts.join(' · ');
}
