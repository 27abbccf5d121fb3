/** The writes of the gradebook service: PUT and DELETE of lineItems, results and categories. */
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ZodType } from 'zod';
import { exchangeOf, refuse, replyEmpty, replyJson } from './exchange.ts';
import type { Collections, Records } from './records.ts';
import { refuseCategory, refuseCategoryDelete, refuseLineItem, refuseResult } from './rules.ts';
import type { Rules } from './rules.ts';
import { categoryBody, lineItemBody, resultBody } from './schemas.ts';
import { invalidData, unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

type Writable = 'lineItems' | 'results' | 'categories';

export interface Write<N extends Writable = Writable> {
  collection: N;
  /** 201 or a refusal; nothing is changed before everything is checked */
  put: (request: Request, response: Response) => void;
  remove: (request: Request, response: Response) => void;
}

/** How often a write carried an older state than the SIS already held. */
export interface StaleWrites {
  count: number;
}

export function writes(records: Records, rules: Rules, stale: StaleWrites): Write[] {
  const allocated = new Map<string, string>();
  const noRefusal = (): Refusal | undefined => undefined;
  const lockRefusal = (lineItemId: string) =>
    records.get('locks', lineItemId) && {
      status: 409,
      codeMinor: 'forbidden' as const,
      description: 'Assignment is locked',
    };
  return [
    write('lineItems', 'lineItem', lineItemBody, (item) => refuseLineItem(records, rules, item), lockRefusal),
    write('results', 'result', resultBody, (result) => refuseResult(records, rules, result), noRefusal),
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
        const refusal = refuseRemove(id);
        if (refusal) return refuse(response, refusal);
        if (!exchangeOf(response).effect.drop) removeWhole(records, collection, id);
        replyEmpty(response, 204);
      },
    };
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
    records.put(collection, { ...altered, ...kept });
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
