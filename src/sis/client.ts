/** The SIS client of one lane: OneRoster 1.2 gradebook and rostering paths over one authorised channel. */
import { classify } from '../gradebook/classify.ts';
import type { Asked } from '../gradebook/outcome-table.ts';
import { ReadCategory } from '../gradebook/oneroster.ts';
import type { Outcome } from '../gradebook/outcome.ts';
import type { PageSizes, ReadOutcome, SisClient } from '../passback/ports/sis.ts';
import { isRecord } from './answer.ts';
import { storedIds } from './many.ts';
import { type Item, readAll, unreadable } from './pages.ts';
import { type Channel, createSend, segment } from './request.ts';
import { readRosterPage } from './roster.ts';

export function createClient(channel: Channel, sizes: PageSizes): SisClient {
  const { gradebookUrl, rosteringUrl } = channel.connection;
  const send = createSend(channel);
  /** Since the last probe: has the SIS taken anything? */
  let taken = false;

  const write = async (asked: Asked, path: string, body?: object): Promise<Outcome> => {
    const { answer } = await send(asked, `${gradebookUrl}/${path}`, body);
    const outcome = classify(asked, answer, new Date());
    if (outcome.kind === 'acknowledged' && asked.method === 'PUT') taken = true;
    return outcome;
  };
  const list = (
    about: Asked['about'],
    url: string,
    key: string,
    how: { enough?: ReadonlySet<string> | undefined; short?: boolean } = {},
  ): Promise<ReadOutcome<Item[]>> => readAll(send, { method: 'GET', about }, url, key, sizes, how);
  const one = async (about: Asked['about'], url: string, key: string): Promise<ReadOutcome<Item>> => {
    const asked: Asked = { method: 'GET', about };
    const { answer } = await send(asked, url);
    const outcome = classify(asked, answer, new Date());
    if (outcome.kind !== 'acknowledged') return outcome;
    const found = answer.kind === 'response' && isRecord(answer.body) ? answer.body[key] : undefined;
    return isRecord(found) ? { kind: 'read', value: found as Item } : unreadable(asked, answer);
  };

  return {
    putLineItem: (sourcedId, lineItem) =>
      write({ method: 'PUT', about: 'lineItem' }, `lineItems/${segment(sourcedId)}`, { lineItem }),
    putResult: (sourcedId, result) =>
      write({ method: 'PUT', about: 'result' }, `results/${segment(sourcedId)}`, { result }),
    async postResults(lineItemSourcedId, results) {
      const asked: Asked = { method: 'POST', about: 'results' };
      const url = `${gradebookUrl}/lineItems/${segment(lineItemSourcedId)}/results`;
      const { answer } = await send(asked, url, { results });
      const outcome = classify(asked, answer, new Date());
      if (outcome.kind !== 'acknowledged') return outcome;
      taken = true;
      return { kind: 'stored', ids: storedIds(answer.kind === 'response' ? answer.body : undefined) };
    },
    deleteLineItem: (sourcedId) =>
      write({ method: 'DELETE', about: 'lineItem' }, `lineItems/${segment(sourcedId)}`),
    deleteResult: (sourcedId) =>
      write({ method: 'DELETE', about: 'result' }, `results/${segment(sourcedId)}`),

    async readCategories(classSourcedId) {
      const ofClass = await list(
        'categories',
        `${gradebookUrl}/classes/${segment(classSourcedId)}/categories`,
        'categories',
        { short: true },
      );
      if (ofClass.kind === 'read') return categoriesIn(ofClass.value);
      if (!isMissing(ofClass)) return ofClass;
      const all = await list('categories', `${gradebookUrl}/categories`, 'categories');
      // The first answer is about the class that was asked for; the second only says that there is no other way.
      return all.kind === 'read' ? categoriesIn(all.value.filter(mayBelongTo(classSourcedId))) : ofClass;
    },

    async readClassSchool(classSourcedId) {
      const found = await one('class', `${rosteringUrl}/classes/${segment(classSourcedId)}`, 'class');
      if (found.kind !== 'read') return found;
      const school = isRecord(found.value.school) ? found.value.school.sourcedId : undefined;
      return { kind: 'read', value: typeof school === 'string' && school !== '' ? school : null };
    },

    async readClassStudents(classSourcedId) {
      const students = await list(
        'students',
        `${rosteringUrl}/classes/${segment(classSourcedId)}/students`,
        'users',
      );
      if (students.kind !== 'read') return students;
      return { kind: 'read', value: students.value.filter(isActive).map(({ sourcedId }) => ({ sourcedId })) };
    },

    readLineItem: (sourcedId) =>
      one('lineItem', `${gradebookUrl}/lineItems/${segment(sourcedId)}`, 'lineItem'),
    readLineItems: (classSourcedId, enough) =>
      list('lineItems', `${gradebookUrl}/classes/${segment(classSourcedId)}/lineItems`, 'lineItems', {
        enough,
      }),
    readResults: (classSourcedId, lineItemSourcedId, enough) =>
      list(
        'results',
        `${gradebookUrl}/classes/${segment(classSourcedId)}/lineItems/${segment(lineItemSourcedId)}/results`,
        'results',
        { enough },
      ),
    readResultsOfClass: (classSourcedId, enough) =>
      list('results', `${gradebookUrl}/classes/${segment(classSourcedId)}/results`, 'results', { enough }),

    readRosterPage: (rosterList, at) => readRosterPage(send, rosteringUrl, rosterList, at),

    async probe() {
      const asked: Asked = { method: 'GET', about: 'probe' };
      const ask = async (list: string) => (await send(asked, `${gradebookUrl}/${list}?limit=1`)).answer;
      let answer = await ask('categories');
      // Some SISs list categories by class only; an address without a gradebook has neither list.
      if (answer.kind === 'response' && [404, 405, 501].includes(answer.status))
        answer = await ask('lineItems');
      const outcome = classify(asked, answer, new Date());
      // A certified SIS may offer writing alone: what it has just taken is proof enough, its missing list none.
      const writesOnly = taken && answer.kind === 'response' && [403, 404, 405, 501].includes(answer.status);
      taken = false;
      return outcome.kind === 'acknowledged' || writesOnly ? { kind: 'read', value: null } : outcome;
    },

    learned: () => channel.tokens.learned(),
    close: () => channel.egress.close(),
  };
}

/** Not there in this form: no such route, no such class, or not within the granted scopes. */
const isMissing = (outcome: ReadOutcome<unknown>): boolean =>
  (outcome.kind === 'refused' || outcome.kind === 'broken') &&
  [403, 404, 405, 501].includes(outcome.said.status ?? 0);

const isActive = (item: Item): boolean => item.status !== 'tobedeleted';

/** SISs without class-scoped lists may name the class in the metadata (a custom of Canvas and Microsoft). */
const mayBelongTo = (classSourcedId: string) => (item: Item) => {
  const classId = isRecord(item.metadata) ? item.metadata.classId : undefined;
  return classId === undefined || classId === classSourcedId;
};

function categoriesIn(items: Item[]): ReadOutcome<ReadCategory[]> {
  const categories = items.filter(isActive).flatMap((item) => {
    const category = ReadCategory.safeParse(item);
    return category.success ? [category.data] : [];
  });
  return { kind: 'read', value: categories };
}
