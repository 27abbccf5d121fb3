/** Two tenants with the same ids side by side, who calls for them, and what has been learned of their ids. */
import type { Answered } from './wire.ts';
import { canaryOf, SECRET_CANARY } from './judge.ts';
import type { Actor, Planned } from './requests.ts';
import { timeZones } from './values.ts';

export interface Target {
  url: string;
  rootKey: string;
  /**
   * Settings of a connection each, to an SIS of its own that has `sis-class-1`, `sis-s01`, `sis-s02` and a category
   * Homework. What one writes into its SIS the other could rightly read there, if it were the same.
   */
  connections: Record<Tenant, { baseUrl: string; auth: object }>;
}
export const TENANTS = ['north', 'south'] as const;
type Tenant = (typeof TENANTS)[number];
type Json = Record<string, unknown>;
/** Enough for sequences that build on each other; more would only make old ids rarer. */
const MOST_KNOWN = 40;

export class Stage {
  readonly #target: Target;
  readonly #keys = new Map<string, string>();
  readonly #pools = new Map<string, Map<string, string[]>>();

  constructor(target: Target) {
    this.#target = target;
    for (const tenant of TENANTS) this.#pools.set(tenant, firstIds(tenant));
  }

  actors(): Actor[] {
    const root = (): string => this.#target.rootKey;
    const made = TENANTS.flatMap((tenant, i): Actor[] => {
      const known = this.#knows(tenant, true);
      const others = this.#knows(TENANTS[1 - i]!, false);
      const of = (role: Actor['role'], authorization: Actor['authorization']): Actor => ({
        ...{ name: `${role} of ${tenant}`, role, tenant, authorization },
        // what root writes may land in either tenant: nobody's canaries in it
        known: role === 'root' ? this.#knows(tenant, false) : known,
        others,
      });
      const key = (role: string) => () => this.#keys.get(`${role} ${tenant}`) ?? null;
      return [
        ...[
          of('admin', key('admin')),
          of('lms', key('lms')),
          of('teacher', key('teacher')),
          of('root', root),
        ],
        of('nobody', () => null),
      ];
    });
    return made;
  }

  /** Makes again whatever the fuzzer has taken away, keys included. */
  async repair(): Promise<void> {
    for (const tenant of TENANTS) {
      const query = `?tenant=${tenant}`;
      await this.#call('root', 'PUT', `/domains/${tenant}`, { name: canaryOf(tenant) });
      await this.#sign(tenant, query);
      const admin = `admin ${tenant}`;
      const lms = `lms ${tenant}`;
      for (const domain of ['school', 'annex', `only-${tenant}`]) {
        await this.#call(admin, 'PUT', `/domains/${domain}`, { name: canaryOf(tenant), parentId: tenant });
        await this.#call(admin, 'PUT', `/domains/${domain}/settings`, {});
        await this.#call(admin, 'POST', `/domains/${domain}/resume`);
      }
      await this.#call(admin, 'PUT', `/domains/${tenant}/settings`, {
        passbackEnabled: true,
        ...this.#target.connections[tenant],
      });
      await this.#call(admin, 'POST', `/domains/${tenant}/resume`);
      for (const cls of ['c1', `class-${tenant}`]) await this.#fill(lms, cls, canaryOf(tenant));
      // last, for a token needs its class and domain
      await this.#teacher(tenant);
    }
  }

  /** A class that is new gets its grades into the SIS, for both tenants: what the service is for still works. */
  async works(name: string): Promise<string[]> {
    await this.repair();
    const faults: string[] = [];
    for (const tenant of TENANTS) {
      const lms = `lms ${tenant}`;
      await this.#fill(lms, name, canaryOf(tenant));
      const { id } = await this.#call(lms, 'POST', `/classes/${name}/syncs`, {});
      const until = performance.now() + 180_000;
      for (;;) {
        const sync = await this.#call(lms, 'GET', `/syncs/${String(id)}`);
        if (sync['status'] === 'complete') break;
        if (sync['status'] !== 'processing' || performance.now() > until) {
          faults.push(`the last sync of ${tenant}: ${JSON.stringify(sync)}`);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    return faults;
  }

  /** What was made may be asked for; sequences come of it. */
  learn(asked: Planned, answer: Answered): void {
    const tenant = asked.tenant;
    const pool = tenant === null ? undefined : this.#pools.get(tenant);
    if (!pool || answer.status >= 300 || !asked.operation) return;
    const add = (name: string, id: unknown) => {
      const ids = pool.get(name) ?? [];
      if (typeof id !== 'string' || ids.includes(id) || id === '') return;
      // the first ones are the stage's own and stay
      if (ids.length >= MOST_KNOWN) ids.splice(6, 1);
      pool.set(name, [...ids, id]);
    };
    if (asked.method === 'PUT') for (const [name, id] of Object.entries(asked.params ?? {})) add(name, id);
    const json = answer.body.length > 0 && /json/.test(answer.headers['content-type'] ?? '');
    const body = json ? (JSON.parse(answer.body.toString()) as Json) : {};
    const noun = asked.operation.path.split('/').findLast((part) => !part.startsWith('{')) ?? '';
    // the keys that the fuzzer itself calls with are in the lists: those are not for it to delete
    if (asked.method === 'POST') add(`${noun.replace(/s$/, '')}Id`, body['id']);
    add('cursor', body['nextCursor']);
    if (typeof body['pageUrl'] === 'string') add('code', /code=([^&]+)/.exec(body['pageUrl'])?.[1]);
  }

  #knows(tenant: Tenant, canaries: boolean) {
    const pool = this.#pools.get(tenant)!;
    const ids = (name: string) => pool.get(name) ?? [];
    const { baseUrl } = this.#target.connections[tenant];
    const urls = [
      baseUrl,
      baseUrl,
      'http://127.0.0.1:9/ims/oneroster/gradebook/v1p2',
      'https://sis.invalid/x',
    ];
    const texts = canaries ? [canaryOf(tenant)] : ['Words'];
    const named: Record<string, readonly string[]> = {
      ...{ parentId: ids('domainId'), excludedDomainIds: ids('domainId'), tenant: [tenant] },
      ...{ classIds: ids('classId'), lineItemIds: ids('lineItemId'), studentIds: ids('studentId') },
      ...{
        categoryId: ['hw', 'tests'],
        timeZone: timeZones,
        baseUrl: urls,
        tokenUrl: urls,
        rosteringUrl: urls,
      },
      ...{ sourcedId: ['sis-class-1', 'sis-s01', 'sis-s02', 'sis-homework'], clientSecret: [SECRET_CANARY] },
      ...{ accessToken: [SECRET_CANARY], title: texts, name: texts, comment: texts, givenName: texts },
      ...{ familyName: texts, displayName: texts, description: texts, sisName: texts, sisTitle: texts },
    };
    return (name: string) => (Object.hasOwn(named, name) ? named[name] : pool.get(name));
  }

  async #sign(tenant: string, query: string): Promise<void> {
    for (const role of ['admin', 'lms'] as const) {
      const who = `${role} ${tenant}`;
      if (this.#keys.has(who) && (await this.#status(who, 'GET', '/classes/c1')) !== 401) continue;
      const made = await this.#call('root', 'POST', `/domains/${tenant}/keys${query}`, { role, name: who });
      this.#keys.set(who, String(made['key']));
      this.#keys.delete(`teacher ${tenant}`);
    }
  }

  async #teacher(tenant: string): Promise<void> {
    const teacher = `teacher ${tenant}`;
    const known = this.#keys.has(teacher) ? await this.#status(teacher, 'GET', '/classes/c1') : 401;
    if (known !== 401) return;
    const { token } = await this.#call(`lms ${tenant}`, 'POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'school', classIds: ['c1'] },
    });
    this.#keys.set(teacher, String(token));
  }

  async #fill(lms: string, cls: string, text: string): Promise<void> {
    await this.#call(lms, 'PUT', `/classes/${cls}`, {
      ...{
        domainId: 'school',
        title: text,
        sourcedId: 'sis-class-1',
        categories: [{ id: 'hw', title: 'Homework' }],
      },
    });
    await this.#call(lms, 'PUT', `/classes/${cls}/syncSettings`, {});
    for (const id of ['s01', 's02'])
      await this.#call(lms, 'PUT', `/classes/${cls}/students/${id}`, {
        sourcedId: `sis-${id}`,
        givenName: text,
      });
    for (const id of ['quiz', 'essay']) {
      await this.#call(lms, 'PUT', `/classes/${cls}/lineItems/${id}`, {
        ...{
          title: `${id} ${text}`,
          categoryId: 'hw',
          dueDate: '2026-11-20T23:59:00-06:00',
          resultValueMax: 100,
        },
      });
      await this.#call(lms, 'PUT', `/classes/${cls}/lineItems/${id}/overrides`, {});
    }
    for (const student of ['s01', 's02'])
      await this.#call(lms, 'PUT', `/classes/${cls}/lineItems/quiz/results/${student}`, {
        score: 70,
        comment: text,
      });
  }

  async #call(who: string, method: string, path: string, body?: unknown): Promise<Json> {
    const { status, text } = await this.#ask(who, method, path, body);
    if (status >= 300) throw new Error(`the stage: ${who}: ${method} ${path}: ${status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  }
  async #status(who: string, method: string, path: string): Promise<number> {
    return (await this.#ask(who, method, path)).status;
  }
  async #ask(who: string, method: string, path: string, body?: unknown) {
    const key = who === 'root' ? this.#target.rootKey : (this.#keys.get(who) ?? '');
    const response = await fetch(`${this.#target.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

const firstIds = (tenant: string) =>
  new Map<string, string[]>([
    ['domainId', [tenant, 'school', 'school', 'annex', `only-${tenant}`, `only-${tenant}`]],
    ['classId', ['c1', 'c1', 'c1', 'c1', `class-${tenant}`, `class-${tenant}`]],
    ['lineItemId', ['quiz', 'quiz', 'quiz', 'quiz', 'essay', 'essay']],
    ['studentId', ['s01', 's01', 's01', 's02', 's02', 's02']],
    ['syncId', []],
    ['keyId', []],
  ]);
