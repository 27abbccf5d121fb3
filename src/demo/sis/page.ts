/** The page of the demo SIS: its gradebook as tables, for a person who compares it with the LMS. */
import type { LineItem, Result } from './schemas.ts';
import type { Records, SchoolClass, Student } from './records.ts';

const STYLE = `
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1d2733; background: #fff }
  h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
  p, .quiet { color: #51606f } nav a { margin-right: 1rem } a { color: #0b57a4 }
  .wide { overflow-x: auto } table { border-collapse: collapse; min-width: 30rem }
  th, td { border: 1px solid #cfd8e1; padding: .35rem .6rem; text-align: left; vertical-align: top }
  thead th { background: #eef3f8; font-weight: 600 } thead small { display: block; font-weight: 400; color: #51606f }
  tbody th { font-weight: 500; white-space: nowrap } td { text-align: right; white-space: nowrap }
  .tag { display: inline-block; border-radius: .6rem; padding: 0 .45rem; font-size: .8rem; margin-left: .3rem; background: #e3e9ef; color: #1d2733 }
  .tag.missing { background: #fbdcdc; color: #7d1414 } .tag.late { background: #fdeccb; color: #664100 }
  .tag.exempt { background: #dfe9fb; color: #173d7a }`;

/** Renders the whole gradebook. `refreshSeconds` 0 leaves the page as it is. */
export function gradebookPage(records: Records, now: Date, refreshSeconds: number): string {
  const classes = records.list('classes');
  const refresh = refreshSeconds > 0 ? `<meta http-equiv="refresh" content="${refreshSeconds}">` : '';
  const toggle =
    refreshSeconds > 0
      ? `The page reloads every ${refreshSeconds} seconds. <a href="/?refresh=0">Stop reloading</a>`
      : '<a href="/">Reload by itself</a>';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Demo SIS gradebook</title>
${refresh}<style>${STYLE}</style></head>
<body><h1>Demo SIS gradebook</h1>
<p>This is what the SIS holds at <time datetime="${now.toISOString()}">${now.toISOString().slice(11, 19)} UTC</time>. ${toggle}</p>
<nav aria-label="Classes">${classes.map((c) => `<a href="#${anchor(c)}">${escape(c.title)}</a>`).join(' ')}</nav>
<main>${classes.map((c) => classSection(records, c)).join('\n') || '<p>No classes yet.</p>'}</main></body></html>
`;
}

function classSection(records: Records, given: SchoolClass): string {
  const lineItems = records.lineItemsOfClass(given.sourcedId).filter((item) => item.status === 'active');
  const students = given.studentSourcedIds
    .flatMap((id) => records.get('students', id) ?? [])
    .sort((a, b) => a.familyName.localeCompare(b.familyName) || a.givenName.localeCompare(b.givenName));
  const school = records.get('schools', given.schoolSourcedId)?.title ?? given.schoolSourcedId;
  const results = lineItems.flatMap((item) =>
    students.flatMap((s) => records.resultOf(item.sourcedId, s.sourcedId) ?? []),
  );
  const counts = `${lineItems.length} assignments, ${students.length} students, ${results.length} results`;
  const head = `<h2>${escape(given.title)} <span class="quiet">· ${escape(school)}</span></h2>
<p>${counts} · <code>${escape(given.sourcedId)}</code></p>`;
  const table = `<div class="wide" role="region" tabindex="0" aria-label="Gradebook of ${escape(given.title)}"><table>
<thead><tr><th scope="col">Student</th>${lineItems.map((item) => columnHead(records, item)).join('')}</tr></thead>
<tbody>${students.map((student) => row(records, student, lineItems)).join('\n')}</tbody></table></div>`;
  const body = lineItems.length === 0 ? '<p>No assignments yet.</p>' : table;
  return `<section id="${anchor(given)}">${head}${body}</section>`;
}

function columnHead(records: Records, item: LineItem): string {
  const category = records.get('categories', item.category.sourcedId)?.title ?? item.category.sourcedId;
  const lock = records.get('locks', item.sourcedId) ? '<span class="tag">locked</span>' : '';
  return `<th scope="col" title="${escape(item.sourcedId)}">${escape(item.title)}${lock}
<small>${escape(category)}</small><small>due ${escape(item.dueDate.slice(0, 10))}</small></th>`;
}

function row(records: Records, student: Student, lineItems: LineItem[]): string {
  const name = `${student.familyName}, ${student.givenName}`;
  const cells = lineItems.map((item) => cell(item, records.resultOf(item.sourcedId, student.sourcedId)));
  return `<tr data-student="${escape(student.sourcedId)}"><th scope="row">${escape(name)}</th>${cells.join('')}</tr>`;
}

function cell(item: LineItem, result: Result | undefined): string {
  const open = `<td data-line-item="${escape(item.sourcedId)}"`;
  if (!result) return `${open} class="quiet">–</td>`;
  const max = item.resultValueMax === undefined ? '' : ` / ${item.resultValueMax}`;
  const score = result.score === undefined ? escape(result.textScore ?? '–') : `${result.score}${max}`;
  const flags = (['missing', 'late', 'incomplete', 'inProgress'] as const).filter(
    (flag) => result[flag] === 'true',
  );
  const status = result.scoreStatus === 'fully graded' ? [] : [result.scoreStatus];
  const tags = [...status, ...flags].map(
    (tag) => `<span class="tag ${escape(tag.split(' ')[0] ?? '')}">${escape(tag)}</span>`,
  );
  return `${open} title="${escape(result.comment ?? '')}">${score}${tags.join('')}</td>`;
}

const anchor = (given: SchoolClass): string => escape(`class-${encodeURIComponent(given.sourcedId)}`);

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
