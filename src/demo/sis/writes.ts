/** The writes of the gradebook service: PUT and DELETE of lineItems, results and categories, POST of many results. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ZodType } from 'zod';
import { exchangeOf, refusalOf, refuse, replyEmpty, replyJson } from './exchange.ts';
import type { Collections, Records } from './records.ts';
import { refuseCategory, refuseCategoryDelete } from './category-rules.ts';
import { ungrammatical } from './grammar.ts';
import { refuseLineItem } from './line-item-rules.ts';
import { ownForm } from './own-form.ts';
import { refuseResult } from './result-rules.ts';
import type { Rules } from './rules.ts';
import { categoryBody, lineItemBody, resultBody, resultsBody } from './schemas.ts';
import { invalidData, lockedItem, unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

type Writable = 'lineItems' | 'results' | 'categories';

export interface Write<N extends Writable = Writable> {
  collection: N;
  /** 201 or a refusal; nothing is changed before everything is checked */
  put: (request: Request, response: Response) => void;
  remove: (request: Request, response: Response) => void;
  /** POST to a lineItem: all of them or, when one is refused, none */
  postMany?: (request: Request, response: Response) => void;
}

const singular = { lineItems: 'lineItem', results: 'result', categories: 'category' } as const;
const noDeletes: Refusal = {
  status: 403,
  codeMinor: 'forbidden',
  description: 'Deleting is not allowed here',
};

/** How often a write carried an older state than the SIS already held. */
export interface StaleWrites {
  count: number;
}

export function writes(records: Records, rules: Rules, stale: StaleWrites): Write[] {
  const allocated = new Map<string, string>();
  const noRefusal = (): Refusal | undefined => undefined;
  const lockRefusal = (lineItemId: string) => records.get('locks', lineItemId) && lockedItem;
  return [
    write('lineItems', 'lineItem', lineItemBody, (item) => refuseLineItem(records, rules, item), lockRefusal),
    {
      ...write('results', 'result', resultBody, (result) => refuseResult(records, rules, result), noRefusal),
      postMany,
    },
    write(
      'categories',
      'category',
      categoryBody,
      (category) => refuseCategory(records, category),
      (id) => refuseCategoryDelete(records, id),
    ),
  ];

  function write<N extends Writable, K extends string>(
    collection: N,
    envelope: K,
    schema: ZodType<Record<K, Collections[N]>>,
    refusePut: (object: Collections[N]) => Refusal | undefined,
    refuseRemove: (id: string) => Refusal | undefined,
  ): Write {
    return {
      collection,
      put(request, response) {
        const parsed = schema.safeParse(request.body);
        if (!parsed.success) return refuse(response, invalidData(describe(parsed.error.issues)));
        const supplied = parsed.data[envelope];
        if (supplied.sourcedId !== request.params['id']) {
          return refuse(response, invalidData('sourcedId of the body is not that of the path'));
        }
        const wrong = ungrammatical(singular[collection], supplied, rules);
        if (wrong) return refuse(response, wrong);
        const object = { ...supplied, sourcedId: idOf(collection, supplied.sourcedId) };
        const refusal = refusePut(object);
        if (refusal) return refuse(response, refusal);
        store(response, collection, object);
        if (object.sourcedId === supplied.sourcedId) replyEmpty(response, 201);
        else replyJson(response, { [envelope]: object }, 201);
      },
      remove(request, response) {
        const id = String(request.params['id']);
        if (!records.get(collection, id)) return refuse(response, unknownObject(envelope, id));
        const refusal = rules.deletes || collection === 'categories' ? refuseRemove(id) : noDeletes;
        if (refusal) return refuse(response, refusal);
        if (!exchangeOf(response).effect.drop) removeWhole(records, collection, id);
        replyEmpty(response, 204);
      },
    };
  }

  /** What is told of the ids is what the specification describes, or (`object`) one pair without a list around it. */
  function postMany(request: Request, response: Response): void {
    if (rules.bulkPost === 'off')
      return refuse(response, { ...refusalOf(405, 'POST is not offered here'), headers: { allow: '' } });
    const parsed = resultsBody.safeParse(request.body);
    if (!parsed.success) return refuse(response, invalidData(describe(parsed.error.issues)));
    const lineItemId = String(request.params['id']);
    const students = new Set<string>();
    const supplied = parsed.data.results;
    for (const result of supplied) {
      if (result.lineItem.sourcedId !== lineItemId)
        return refuse(response, invalidData('lineItem is not that of the path'));
      if (students.has(result.student.sourcedId))
        return refuse(response, invalidData('two results of one student'));
      students.add(result.student.sourcedId);
    }
    const stored = supplied.map((result) => ({ ...result, sourcedId: idOf('results', result.sourcedId) }));
    for (const result of stored) {
      const refusal = refuseResult(records, rules, result);
      if (refusal) return refuse(response, refusal);
    }
    for (const result of stored) store(response, 'results', result);
    const pairs = stored.map(({ sourcedId }, i) => ({
      suppliedSourcedId: supplied[i]?.sourcedId,
      allocatedSourcedId: sourcedId,
    }));
    replyJson(response, { sourcedIdPairs: rules.bulkPost === 'array' ? pairs : pairs[0] }, 201);
  }

  /** Under which id this SIS keeps what it is sent. */
  function idOf(collection: Writable, supplied: string): string {
    if (collection === 'categories' || rules.allocatesIds === 'never') return supplied;
    if (records.get(collection, supplied)) return supplied;
    const known = allocated.get(`${collection} ${supplied}`);
    if (rules.allocatesIds === 'remembers' && known !== undefined) return known;
    const own = `own-${randomUUID()}`;
    allocated.set(`${collection} ${supplied}`, own);
    return own;
  }

  function store<N extends Writable>(response: Response, collection: N, object: Collections[N]): void {
    const { drop, alter } = exchangeOf(response).effect;
    if (drop) return;
    const before = records.get(collection, object.sourcedId);
    if (before && Date.parse(before.dateLastModified) > Date.parse(object.dateLastModified)) stale.count += 1;
    const kept = before && 'classSourcedIds' in before ? { classSourcedIds: before.classSourcedIds } : {};
    const altered = alter ? (alter(object) as Collections[N]) : object;
    records.put(collection, { ...ownForm(collection, altered, rules), ...kept });
  }
}

/** Deletes an object; a lineItem takes its results with it. */
export function removeWhole(records: Records, collection: Writable, id: string): boolean {
  if (collection === 'lineItems') {
    for (const result of records.resultsOfLineItem(id)) records.remove('results', result.sourcedId);
  }
  return records.remove(collection, id);
}

function describe(issues: { path: PropertyKey[]; message: string }[]): string {
  return issues.map((issue) => `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`).join('; ');
}
