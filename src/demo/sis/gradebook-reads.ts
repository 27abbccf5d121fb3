/** The reads of the gradebook service. */
import { refusalOf } from './exchange.ts';
import { SCOPES } from './oauth.ts';
import type { ListRead, Params, Read, SingleRead } from './reads.ts';
import type { Records } from './records.ts';
import type { Rules } from './rules.ts';
import { fieldNames } from './schemas.ts';
import { unknownObject } from './status-info.ts';
import type { Wires } from './wire.ts';

const { lineItem, result, category } = fieldNames;
const scoreScale = [
  'sourcedId',
  'status',
  'dateLastModified',
  'metadata',
  'title',
  'type',
  'class',
  'course',
];

export function gradebookReads(records: Records, wires: Wires, rules: Rules): Read[] {
  const core = { scopes: [SCOPES.read, SCOPES.readCore] };
  const categories = { ...core, envelope: 'categories', fields: category };
  const lineItems = { ...core, envelope: 'lineItems', fields: lineItem };
  const results = { ...core, envelope: 'results', fields: result };
  const scoreScales = { ...core, envelope: 'scoreScales', fields: scoreScale };

  const ofClass = (read: Omit<ListRead, 'path' | 'needs'>, path: string, needs = knownClass): ListRead => ({
    ...read,
    path: `/classes/:classId${path}`,
    needs,
    scopes: [SCOPES.read], // gradebook-core stops at whole collections and single objects
  });
  const listedByClass = (params: Params) =>
    rules.classCategories ? knownClass(params) : refusalOf(404, 'no such path: categories of a class');
  const knownClass = ({ classId }: Params) =>
    records.get('classes', classId) ? undefined : unknownObject('class', classId);
  const knownLineItem = (params: Params) =>
    knownClass(params) ??
    (records.get('lineItems', params.id)?.class.sourcedId === params.classId
      ? undefined
      : unknownObject('lineItem of the class', params.id));
  const knownStudent = (params: Params) =>
    knownClass(params) ??
    (records.get('students', params.id) ? undefined : unknownObject('student', params.id));
  const resultsOfClass = (classId: string) =>
    records.lineItemsOfClass(classId).flatMap((item) => records.resultsOfLineItem(item.sourcedId));

  const singles: SingleRead[] = [
    {
      ...categories,
      path: '/categories/:id',
      envelope: 'category',
      one: ({ id }) => {
        const found = records.get('categories', id);
        return found && wires.category(found);
      },
    },
    {
      ...lineItems,
      path: '/lineItems/:id',
      envelope: 'lineItem',
      one: ({ id }) => records.get('lineItems', id),
    },
    { ...results, path: '/results/:id', envelope: 'result', one: ({ id }) => records.get('results', id) },
    { ...scoreScales, path: '/scoreScales/:id', envelope: 'scoreScale', one: () => undefined },
  ];
  const lists: ListRead[] = [
    {
      ...categories,
      path: '/categories',
      all: () => records.list('categories').map((c) => wires.category(c)),
    },
    { ...lineItems, path: '/lineItems', all: () => records.list('lineItems') },
    { ...results, path: '/results', all: () => records.list('results') },
    { ...scoreScales, path: '/scoreScales', all: () => [] },
    ofClass(
      { ...categories, all: ({ classId }) => wires.categoriesOf(classId) },
      '/categories',
      listedByClass,
    ),
    ofClass({ ...lineItems, all: ({ classId }) => records.lineItemsOfClass(classId) }, '/lineItems'),
    ofClass({ ...results, all: ({ classId }) => resultsOfClass(classId) }, '/results'),
    ofClass({ ...scoreScales, all: () => [] }, '/scoreScales'),
    ofClass(
      { ...results, all: ({ id }) => records.resultsOfLineItem(id) },
      '/lineItems/:id/results',
      knownLineItem,
    ),
    ofClass(
      {
        ...results,
        all: ({ classId, id }) => resultsOfClass(classId).filter((r) => r.student.sourcedId === id),
      },
      '/students/:id/results',
      knownStudent,
    ),
  ];
  return [...lists, ...singles];
}
