/** What a sync would do that the district wants confirmed. */
import { html, nothing } from 'lit';
import type { PlanCounts, Sync } from '../answers.ts';
import { reviewWords } from '../messages/teacher-review.ts';

export function confirmation(
  { planned }: Sync,
  sis: string,
  acts: { confirm: () => void; dontSend: () => void },
) {
  const words = reviewWords();
  const numbers = ({ create, update, delete: removed }: PlanCounts) =>
    [
      create > 0 ? words.willCreate(create) : null,
      update > 0 ? words.willUpdate(update) : null,
      removed > 0 ? words.willDelete(removed) : null,
    ]
      .filter((part) => part !== null)
      .join(', ') || '–';
  return html`<p>${words.confirmWhy(sis)}</p>
    ${
      planned
        ? html`<ul>
            <li>${words.assignments}: ${numbers(planned.lineItems)}</li>
            <li>${words.scores}: ${numbers(planned.results)}</li>
          </ul>`
        : nothing
    }
    <div class="row foot">
      <button class="primary" @click=${acts.confirm}>${words.confirm}</button>
      <button @click=${acts.dontSend}>${words.dontSend}</button>
    </div>`;
}
