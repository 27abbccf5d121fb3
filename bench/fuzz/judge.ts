/** What is wrong with an answer. */
import { isUtf8 } from 'node:buffer';
import type { Api } from './api.ts';
import type { Planned } from './requests.ts';
import type { Answered } from './wire.ts';

/** Texts of ours that hold these words are some tenant's, or a secret, and nobody else's. */
export const canaryOf = (tenant: string) => `Canary-${tenant}-7f3a`;
export const SECRET_CANARY = 'CanarySecret-51c0ffee';

/** The SIS's fault, said so: no fault of ours. */
const intended = new Set(['SIS_UNREACHABLE', 'SIS_NO_ANSWER_YET']);
const innards =
  /\n\s+at |node_modules|\.[cm]?[jt]s:\d|\/src\/|SELECT \w|INSERT INTO|UPDATE \w+ SET|DELETE FROM|[Pp]risma|PostgreSQL|pg_|relation "|duplicate key|violates|syntax error at|invalid input syntax|invalid byte sequence|RangeError|TypeError|Maximum call stack/;

export function faultsOf(api: Api, asked: Planned, answer: Answered, tenants: readonly string[]): string[] {
  const faults: string[] = [];
  const text = answer.body.toString('utf8');
  const type = (answer.headers['content-type'] ?? '').split(';')[0]!.trim();
  const body = type.endsWith('json') && text !== '' ? parsed(text) : undefined;
  const code = (body as { code?: string } | undefined)?.code ?? '';
  const headOnly = asked.method === 'HEAD';

  if (answer.status >= 500 && !intended.has(code)) faults.push(`${answer.status} ${code}`);
  if (answer.status >= 400 && !headOnly && !belowUs(answer)) {
    if (type !== 'application/problem+json') faults.push(`${answer.status} is said as ${type || 'nothing'}`);
    else {
      const wrong = api.faultOf('Problem', body);
      if (wrong !== null) faults.push(`no problem as documented: ${wrong}`);
      if ((body as { status?: number } | undefined)?.status !== answer.status) faults.push('two statuses');
    }
    const shown = innards.exec(text)?.[0];
    if (shown !== undefined) faults.push(`shows our innards: ${shown}`);
  }
  // the caller said himself that he has it: no operation need describe that
  const notModified = answer.status === 304 && asked.headers.some(([name]) => name === 'If-None-Match');
  if (answer.status < 400 && asked.operation && !headOnly && !notModified) {
    const wrong = asked.operation.faultOfAnswer(answer.status, type, body);
    if (wrong !== null) faults.push(`not as openapi.yaml says: ${wrong}`);
  }
  if ('set-cookie' in answer.headers) faults.push('sets a cookie');
  const whole = text + JSON.stringify(answer.headers);
  if (whole.includes(SECRET_CANARY)) faults.push('shows a secret');
  for (const tenant of tenants)
    if (asked.tenant !== null && asked.tenant !== tenant && whole.includes(canaryOf(tenant)))
      faults.push(`shows ${tenant} to ${asked.actor.name} (tenant ${asked.tenant})`);
  if (answer.status < 300 && asked.operation) faults.push(...wronglyAccepted(api, asked, body));
  return faults;
}

/** Refused by Node's parser before there was a request: no route, no id, no body. */
export const belowUs = (answer: Answered) =>
  [400, 408, 413, 417, 431].includes(answer.status) &&
  answer.body.length === 0 &&
  answer.headers['x-request-id'] === undefined;

function wronglyAccepted(api: Api, asked: Planned, answer: unknown): string[] {
  const { operation, actor, body, contentType, params } = asked;
  if (!operation) return [];
  const faults: string[] = [];
  if (operation.roles.length > 0 && !operation.roles.includes(actor.role))
    faults.push(`done for ${actor.role}, whose role may not`);
  if (operation.roles.length > 0 && !asked.headers.some(([name]) => name === 'Authorization'))
    faults.push('done without a credential');
  for (const [name, id] of Object.entries(params ?? {}))
    if (id === '.' || id === '..' || id.includes('\0') || !id.isWellFormed() || [...id].length > 255)
      faults.push(`took {${name}}`);
  if (!operation.body && !operation.csv) return faults;
  if (body === null || body.length === 0) {
    if (operation.bodyRequired) faults.push('took no body');
    return faults;
  }
  const type = operation.csv
    ? /^text\/csv *(; *charset="?utf-8"?)?$/i
    : /^application\/json *(; *charset="?utf-8"?)?$/i;
  if (!type.test(contentType ?? '') && !twoTypes(asked))
    faults.push(`took a body of the type ${contentType ?? '(none)'}`);
  // what a line may hold is the answer's to say, line by line
  if (operation.csv) return isUtf8(body) ? faults : [...faults, 'took what is no UTF-8'];
  const given = isUtf8(body) ? parsed(body.toString('utf8')) : undefined;
  const wrong = given === undefined ? 'no JSON' : operation.faultOfBody(given);
  const batch = operation.id === 'putResults' && (wrong === null || wrong.startsWith('/results/'));
  if (batch) return [...faults, ...wrongRows(api, given, answer)];
  if (wrong !== null) faults.push(`took a wrong body: ${wrong}`);
  return faults;
}

/** Of a header that came twice the first counts, as Node reads it. */
const twoTypes = (asked: Planned) => asked.headers.filter(([name]) => name === 'Content-Type').length > 1;

/** A batch is taken as a whole and answers which rows it refused. */
function wrongRows(api: Api, given: unknown, answer: unknown): string[] {
  const refused = new Set((answer as { rejected: { index: number }[] }).rejected.map((row) => row.index));
  const { results } = given as { results: unknown[] };
  return results.flatMap((row, index) => {
    const wrong = refused.has(index) ? null : api.faultOf('BatchRow', row);
    return wrong === null ? [] : [`took a wrong row: ${wrong}`];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
