/** The foot of the review: how much goes, and the buttons. */
import { html, nothing } from 'lit';
import { amounts } from '../messages/teacher.ts';
import { reviewWords } from '../messages/teacher-review.ts';
import { totalOf, type Review, type Total } from './review-plan.ts';
import { SMALL_RUN, skipsSmallRuns, skipSmallRuns } from './small-runs.ts';

export interface ReviewFoot {
  review: Review;
  ticked: ReadonlySet<string>;
  /** everything again */
  again: boolean;
  /** of that: pressed once already */
  sure: boolean;
  busy: boolean;
  send: () => void;
  close: () => void;
}

export function reviewFoot(parts: ReviewFoot) {
  const { review, ticked, again, sure, busy } = parts;
  const words = reviewWords();
  const total = totalOf(review, ticked);
  const goes = total.scores + total.items + total.removed > 0;
  const ticks = review.assignments.some((item) => item.goes);
  const any = ticks || goes;
  const small = html`<label class="tick small"
    ><input
      type="checkbox"
      .checked=${skipsSmallRuns()}
      @change=${(e: Event) => skipSmallRuns((e.target as HTMLInputElement).checked)}
    /><span>${words.small(SMALL_RUN)}</span></label
  >`;
  const send = html`<button
    class="primary"
    aria-disabled=${busy || !goes ? 'true' : nothing}
    @click=${() => goes && !busy && parts.send()}
  >
    ${goes ? sendWord(total, again, sure) : words.sendNothing}
  </button>`;
  return html`<div class="foot stack">
    ${ticks ? html`<p>${words.total(amounts().scores(total.scores), amounts().assignments(ticked.size))}</p>` : nothing}
    ${sure ? html`<p><strong>${words.againSure}</strong></p>` : nothing} ${any && !again ? small : nothing}
    <div class="row">
      ${any ? send : nothing}
      <button @click=${parts.close}>${any ? words.cancel : words.close}</button>
    </div>
  </div>`;
}

function sendWord({ scores, items, removed }: Total, again: boolean, sure: boolean): string {
  const words = reviewWords();
  if (again) return sure ? words.againYes(scores) : words.againFirst;
  if (scores > 0) return words.send(scores);
  return items > 0 ? words.sendItems(items) : words.sendRemovals(removed);
}
