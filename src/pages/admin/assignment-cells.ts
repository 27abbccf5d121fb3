/** One assignment of a class, student by student: what stands here, what the SIS acknowledged, and why they differ. */
import { html, nothing, type PropertyValues } from 'lit';
import { path } from '../api.ts';
import type { Cell, LineItem, Student } from '../answers.ts';
import { historyWords } from '../messages/admin-history.ts';
import { pill } from '../parts.ts';
import { isByChoice, localScore, sisScore, standing, stateWord } from '../words.ts';
import { to } from './console.ts';
import { reasonForAdmin } from './for-admin.ts';
import { Screen } from './screen.ts';

export class AssignmentCells extends Screen {
  static override properties = {
    classId: { attribute: false },
    item: { attribute: false },
    students: { attribute: false },
    cells: { state: true },
  };
  classId = '';
  item!: LineItem;
  students: Student[] = [];
  cells: Cell[] = [];

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('item') || changed.has('classId')) void this.reload();
  }

  protected override async load(): Promise<() => void> {
    const where = path`classes/${this.classId}/results?lineItemId=${this.item.lineItemId}`;
    const cells = await this.console.api.all<Cell>(where);
    return () => (this.cells = cells);
  }

  private nameOf(studentId: string): string {
    const student = this.students.find((one) => one.studentId === studentId);
    const names = [student?.familyName, student?.givenName].filter((name) => name);
    return names.length > 0 ? names.join(', ') : studentId;
  }

  protected override content(): unknown {
    const words = historyWords();
    return html`<p><a href=${to('classes', { id: this.classId })}>${words.backToClass}</a></p>
      <section class="card stack">
        <h2>${this.item.title}</h2>
        ${this.cells.length === 0 ? html`<p class="quiet">${words.noScores}</p>` : this.table()}
      </section>`;
  }

  private table() {
    const words = historyWords();
    const { sis } = this.console;
    const names = [words.student, words.state, words.scoreHere, words.scoreThere(sis)];
    const cells = [...this.cells].sort((a, b) =>
      this.nameOf(a.studentId).localeCompare(this.nameOf(b.studentId)),
    );
    return html`<table class="table" role="table" aria-label=${this.item.title}>
      <thead role="rowgroup">
        <tr role="row">
          ${names.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${cells.map((cell) => {
          const where = standing(cell.state, sis);
          return html`<tr role="row">
            <th role="rowheader" scope="row">${this.nameOf(cell.studentId)}</th>
            <td role="cell">
              <span class="label">${words.state}</span>
              ${pill(stateWord(cell.state, cell.lastSentAt !== null))}
              ${where === null ? nothing : html`<span class="quiet small">${where}</span>`}
              ${cell.reason ? html`<br /><span class="small">${reasonForAdmin(cell.reason, sis, isByChoice(cell.state))}</span>` : nothing}
            </td>
            <td role="cell"><span class="label">${words.scoreHere}</span> ${localScore(cell)}</td>
            <td role="cell">
              <span class="label">${words.scoreThere(sis)}</span> ${sisScore(cell.acknowledged)}
            </td>
          </tr>`;
        })}
      </tbody>
    </table>`;
  }
}
customElements.define('assignment-cells', AssignmentCells);
