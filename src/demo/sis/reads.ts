/** How the reads of both services are described and answered: one row per path. */
import type { Request, Response } from 'express';
import { refuse, replyJson } from './exchange.ts';
import { select, selectOne } from './query.ts';
import type { Wire } from './query.ts';
import type { Rules } from './rules.ts';
import { unknownObject } from './status-info.ts';
import type { Refusal } from './status-info.ts';

export interface Params {
  id: string;
  classId: string;
  schoolId: string;
}

interface ReadBase {
  path: string;
  envelope: string;
  /** what `fields`, `sort` and `filter` may name */
  fields: string[];
  /** any one of them is enough */
  scopes: string[];
}
export interface ListRead extends ReadBase {
  all: (params: Params) => Wire[];
  /** refuses when an object that the path leads through is unknown */
  needs?: (params: Params) => Refusal | undefined;
}
export interface SingleRead extends ReadBase {
  one: (params: Params) => Wire | undefined;
}
export type Read = ListRead | SingleRead;

/** Answers one read. */
export function answerRead(read: Read, rules: Rules, request: Request, response: Response): void {
  const params = { id: '', classId: '', schoolId: '', ...request.params };
  if ('one' in read) return answerOne(read, params, request, response);
  const refusal = read.needs?.(params);
  if (refusal) return refuse(response, refusal);
  if (!rules.filters && request.query['filter'] !== undefined)
    return refuse(response, {
      ...{ status: 400, codeMinor: 'invalid_filter_field', description: 'lists cannot be filtered' },
    });
  const selection = select(read.all(params), request.query, read.fields, rules.pageCap);
  if ('refusal' in selection) return refuse(response, selection.refusal);
  const headers = rules.totalCount ? { 'x-total-count': String(selection.total) } : {};
  replyJson(response, { [read.envelope]: selection.items }, 200, headers);
}

function answerOne(read: SingleRead, params: Params, request: Request, response: Response): void {
  const object = read.one(params);
  if (!object) return refuse(response, unknownObject(read.envelope, params.id));
  const selection = selectOne(object, request.query, read.fields);
  if ('refusal' in selection) return refuse(response, selection.refusal);
  replyJson(response, { [read.envelope]: selection.item });
}
