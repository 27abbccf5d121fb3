/** An LMS: it pushes scores through whichever replica answers, and remembers what it was told is accepted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_KEY } from '../../tests/support/service.ts';
import { studentIds, type Size } from '../ground/district.ts';
import type { BenchSis } from '../ground/ground.ts';
import type { Chance } from './chance.ts';

export interface Cell {
  cls: number;
  lineItem: number;
  student: number;
}
export const nameOf = ({ cls, lineItem, student }: Cell) => `c${cls} l${lineItem} s${student}`;
/** How long an LMS goes on trying before the run is called off: both replicas may be down together. */
const PATIENCE_MS = 600_000;

export class Lms {
  /** the last score that was accepted, by cell */
  readonly accepted = new Map<string, number>();
  /** requests that got no answer, or 5xx */
  troubles = 0;
  private readonly urls: string[];
  private readonly tenants: number;
  private next = 0;

  constructor(urls: string[], tenants: number) {
    this.urls = urls;
    this.tenants = tenants;
  }

  tenantOf(cls: number): string {
    return `t${cls % this.tenants}`;
  }

  /** Asks one replica after the other until one answers; a refusal is an error of the run. */
  async call<T>(method: string, path: string, tenant: string | null, body?: unknown): Promise<T> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const url = this.urls[this.next++ % this.urls.length];
      const within = tenant === null ? '' : `?tenant=${tenant}`;
      const answer = await fetch(`${url}/v1${path}${within}`, {
        method,
        headers: { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' },
        // a paused replica takes requests and says nothing
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        () => null,
      );
      if (answer && answer.status < 300)
        return (answer.text === '' ? undefined : JSON.parse(answer.text)) as T;
      if (answer && answer.status < 500 && answer.status !== 429)
        throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      this.troubles++;
      if (performance.now() > until)
        throw new Error(`${method} ${path}: nobody answers; ${answer?.text ?? ''}`);
      await sleep(50);
    }
  }

  /** Districts, classes, rosters and lineItems; the classes are dealt out to the districts like cards. */
  async furnish(sis: BenchSis, size: Size): Promise<void> {
    for (let t = 0; t < this.tenants; t++) {
      await this.call('PUT', `/domains/t${t}`, null, { name: `District ${t}`, timeZone: 'UTC' });
      await this.call('PUT', `/domains/t${t}/settings`, `t${t}`, settings(sis));
    }
    for (let cls = 0; cls < size.classes; cls++) {
      const [tenant, path] = [this.tenantOf(cls), `/classes/c${cls}`];
      await this.call('PUT', path, tenant, {
        domainId: tenant,
        title: `Class ${cls}`,
        sourcedId: `c${cls}`,
        schoolSourcedId: 'school',
        categories: [{ id: 'hw', title: 'Homework' }],
      });
      const students = studentIds(size.students).map((id) => ({ studentId: id, sourcedId: id }));
      await this.call('PUT', `${path}/students`, tenant, { students });
      for (let l = 0; l < size.lineItems; l++)
        await this.call('PUT', `${path}/lineItems/l${l}`, tenant, {
          title: `Assignment ${l}`,
          categoryId: 'hw',
          dueDate: '2026-11-20T23:59:00Z',
          resultValueMax: 100,
        });
    }
  }

  /** All scores of one class, in batches, as an LMS does at first. */
  async load(cls: number, size: Size, chance: Chance): Promise<void> {
    const cells = Array.from({ length: size.lineItems }, (_, lineItem) =>
      studentIds(size.students).map((_id, student) => ({ cls, lineItem, student, score: chance.below(101) })),
    ).flat();
    for (let i = 0; i < cells.length; i += 500) {
      const batch = cells.slice(i, i + 500);
      const { accepted } = await this.call<{ accepted: number }>(
        'POST',
        `/classes/c${cls}/results/batch`,
        this.tenantOf(cls),
        {
          results: batch.map((c) => ({
            lineItemId: `l${c.lineItem}`,
            studentId: `s${c.student}`,
            score: c.score,
          })),
        },
      );
      if (accepted !== batch.length) throw new Error(`of ${batch.length} scores ${accepted} were accepted`);
      for (const cell of batch) this.accepted.set(nameOf(cell), cell.score);
    }
  }

  /** One cell is graded again. */
  async grade(cell: Cell, score: number): Promise<void> {
    const path = `/classes/c${cell.cls}/lineItems/l${cell.lineItem}/results/s${cell.student}`;
    await this.call('PUT', path, this.tenantOf(cell.cls), { score });
    this.accepted.set(nameOf(cell), score);
  }
}

const settings = (sis: BenchSis) => ({
  passbackEnabled: true,
  baseUrl: sis.gradebookUrl,
  auth: {
    method: 'clientCredentials',
    clientId: 'demo-client',
    clientSecret: 'demo-secret',
    tokenUrl: `${sis.url}/oauth2/token`,
  },
  autoSync: true,
  gatherSeconds: 0.2,
  maxConcurrentRequests: 16,
  // later than what the SIS still does with a write that it has answered as failed
  verifyAfterSeconds: 3,
});
