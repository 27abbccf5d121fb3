/** The three steps of a class that was never sent. */
import { html, nothing } from 'lit';
import { icon } from '../icons.ts';
import { teacherWords } from '../messages/teacher.ts';
import { findsItsCategory } from './as-sent.ts';
import { syncsToSis, type ClassData } from './class-data.ts';
import type { Classroom } from './classroom.ts';

/** Put right by choosing categories. */
export const needsCategory = new Set(['CAT_MISSING', 'CAT_NOT_FOUND', 'CAT_INACTIVE']);

export function firstSteps(data: ClassData, room: Classroom): unknown {
  const { assignments, lastSync } = data;
  const begun = lastSync !== null || assignments.some((item) => item.lastSentAt !== null);
  // of a class without a link there is nothing to begin with
  if (begun || assignments.length === 0 || !data.sending.linked) return nothing;
  const words = teacherWords().steps;
  const open = assignments.filter(
    ({ findings, reason }) =>
      findings.some(({ code }) => needsCategory.has(code)) || needsCategory.has(reason?.code ?? ''),
  ).length;
  const unknown = assignments.some(findsItsCategory);
  const why = unknown ? words.categoriesUnknown : words.categoriesWhy;
  const on = assignments.filter(syncsToSis).length;
  return html`<section class="card stack" aria-labelledby="steps">
    <h2 id="steps">${words.heading}</h2>
    <ol class="steps">
      <li>
        <strong>${words.categories}</strong>
        ${open === 0 && !unknown ? html`<span class="pill good">${icon('good')}${words.done}</span>` : nothing}
        <div class="quiet">${open === 0 ? why : words.categoriesOpen(open)}</div>
        <button @click=${() => room.openSettings()}>${words.toSettings}</button>
      </li>
      <li>
        <strong>${words.assignments}</strong>
        <div class="quiet">${words.assignmentsWhy(on, assignments.length)}</div>
      </li>
      <li>
        <strong>${words.sync}</strong>
        <div class="quiet">${words.syncWhy}</div>
      </li>
    </ol>
  </section>`;
}
