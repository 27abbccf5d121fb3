/** The first tab: counts, what needs somebody, and the assignments. */
import { html } from 'lit';
import './assignment-table.ts';
import './attention-list.ts';
import { standingOf, type ClassData, type Standing } from './class-data.ts';
import type { Classroom } from './classroom.ts';
import './conflict-list.ts';
import './count-filters.ts';
import './deletion-list.ts';
import { firstSteps } from './first-steps.ts';

export interface AllAssignments {
  data: ClassData;
  room: Classroom;
  saving: ReadonlySet<string>;
  filter: Standing | null;
  choose: (filter: Standing | null) => void;
  toggle: (lineItemIds: string[], on: boolean) => void;
  switchAll: () => void;
}

export function allAssignments(parts: AllAssignments) {
  const { data, room, filter } = parts;
  const shown = data.assignments.filter((item) => filter === null || standingOf(item) === filter);
  return html`${firstSteps(data, room)}
    <count-filters
      .assignments=${data.assignments}
      .chosen=${filter}
      @filter=${(e: CustomEvent<Standing | null>) => parts.choose(e.detail)}
    ></count-filters>
    <attention-list .room=${room} .data=${data}></attention-list>
    <conflict-list .room=${room} .data=${data}></conflict-list>
    <assignment-table
      .data=${data}
      .shown=${shown}
      .saving=${parts.saving}
      .sis=${room.sis}
      @open-assignment=${(e: CustomEvent<string>) => room.openAssignment(e.detail)}
      @switch-assignment=${(e: CustomEvent<{ lineItemId: string; on: boolean }>) =>
        parts.toggle([e.detail.lineItemId], e.detail.on)}
      @switch-all=${parts.switchAll}
    ></assignment-table>
    <deletion-list .room=${room} .data=${data}></deletion-list>`;
}
