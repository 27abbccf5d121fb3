/** Whatever has happened to a class here and in the SIS: the sync does what the plan said, and nothing else. */
import fc from 'fast-check';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  sisDistrict,
  students,
  sync,
  type District,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

const N = 3;
const RUNS = Number(process.env.PREVIEW_RUNS ?? 6);
const items = ['a', 'b'] as const;
let service: TestService;
let d: District;
let teacher: Caller;
let classes = 0;
beforeAll(async () => {
  service = await startService({
    sis: { district: sisDistrict(N, RUNS * 3) },
    service: { lanes: { firstProbeMs: 100, tickMs: 100 } },
  });
  // nothing goes by itself between the plan and the press
  d = await district(service, N, { verifyAfterSeconds: 0, driftHealing: 'report' });
  const { token } = await expectOk(
    d.admin<{ token: string }>('POST', '/tokens', {
      ...{ subject: 'u1', displayName: 'Ann', role: 'admin', domainId: 'district' },
      expiresInSeconds: 3600,
    }),
  );
  teacher = service.as(token);
});
afterAll(() => service.stop());

interface Entry {
  lineItemId: string;
  studentId: string | null;
  action: string;
}
interface Plan {
  planId: string;
  counts: Record<string, number>;
  entries: Entry[];
}
const told: Record<string, string> = {
  create: 'created',
  update: 'updated',
  skip: 'skipped',
  blocked: 'failed',
  conflict: 'conflict',
};
const name = (e: Entry, action: string) => `${e.lineItemId}/${e.studentId ?? ''} ${action}`;

const item = fc.constantFrom(...items);
const student = fc.constantFrom(...students(N));
const act = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('score'), item, student, fc.integer({ min: 0, max: 100 })) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('status'),
      item,
      student,
      fc.constantFrom('missing', 'excused', 'incomplete', 'submitted'),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('hold'), item, student) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('lineItem'),
      item,
      fc.constantFrom(
        {},
        { title: 'Another title' },
        { published: false },
        { categoryId: null },
        { resultValueMax: null },
      ),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('inactive'), student) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('press')) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('typed'), item, student, fc.integer({ min: 0, max: 100 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('lost'), item, student) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('lineItemLost'), item) },
);
type Act = [string, ...unknown[]];
/** Something is there for the rest to happen to. */
const begun: Act[] = [
  ['score', 'a', 's01', 50],
  ['score', 'b', 's01', 60],
  ['score', 'b', 's02', 70],
  ['press'],
];

async function perform(cls: string, [what, ...given]: Act): Promise<void> {
  const { control } = service.sis;
  const of = `/classes/${cls}/lineItems/${String(given[0])}`;
  const there = () =>
    control
      .contents()
      .lineItems.find(
        (l) =>
          l.class.sourcedId === `sis-class-${cls.slice(1)}` &&
          l.sourcedId === idOf.get(`${cls} ${String(given[0])}`),
      );
  const result = () => {
    const lineItem = there();
    return lineItem && control.resultOf(lineItem.sourcedId, `sis-${String(given[1])}`);
  };
  switch (what) {
    case 'score':
      return void (await expectOk(d.lms('PUT', `${of}/results/${String(given[1])}`, { score: given[2] })));
    case 'status':
      return void (await expectOk(d.lms('PUT', `${of}/results/${String(given[1])}`, { status: given[2] })));
    case 'hold':
      return void (await expectOk(
        d.lms('PUT', `${of}/results/${String(given[1])}`, { score: 1, posted: false }),
      ));
    case 'lineItem':
      return void (await putLineItem(d.lms, String(given[0]), given[1] as Record<string, unknown>, cls));
    case 'inactive':
      return void (await expectOk(
        d.lms('PUT', `/classes/${cls}/students/${String(given[0])}`, {
          sourcedId: `sis-${String(given[0])}`,
          active: false,
        }),
      ));
    case 'press':
      await sync(d.lms, `/classes/${cls}/syncs`);
      for (const key of items) {
        const { sourcedId } = await expectOk(
          d.lms<{ sourcedId: string | null }>('GET', `/classes/${cls}/lineItems/${key}`),
        );
        if (sourcedId) idOf.set(`${cls} ${key}`, sourcedId);
      }
      return;
    case 'typed': {
      const lineItem = there();
      const has = result();
      if (has)
        control.edit('results', has.sourcedId, { score: given[2] as number, scoreStatus: 'fully graded' });
      else if (lineItem) {
        const any = control.contents().results[0];
        if (any)
          control.put('results', {
            ...any,
            sourcedId: `typed-${cls}-${String(given[0])}-${String(given[1])}`,
            lineItem: { ...any.lineItem, sourcedId: lineItem.sourcedId },
            student: { ...any.student, sourcedId: `sis-${String(given[1])}` },
            score: given[2] as number,
          });
      }
      return;
    }
    case 'lost': {
      const has = result();
      if (has) control.remove('results', has.sourcedId);
      return;
    }
    case 'lineItemLost': {
      const lineItem = there();
      if (lineItem) control.remove('lineItems', lineItem.sourcedId);
    }
  }
}
/** Chance alone may leave one out. */
const everyAction: Act[] = [
  ['score', 'a', 's02', 1],
  ['score', 'b', 's02', 71],
  ['hold', 'b', 's01'],
  ['typed', 'a', 's01', 99],
];
const idOf = new Map<string, string>();

test('preview equals send; planning twice gives the same plan; afterwards nothing is left to be sent', async () => {
  const acted: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 16 }), async (acts) => {
      const cls = `c${++classes}`;
      await addClass(d.lms, cls, N);
      for (const key of items) await putLineItem(d.lms, key, {}, cls);
      for (const one of [...begun, ...acts]) await perform(cls, one);

      const plan = await expectOk(teacher<Plan>('GET', `/classes/${cls}/plan?readSis=true`));
      const again = await expectOk(teacher<Plan>('GET', `/classes/${cls}/plan`));
      expect(again.planId).toBe(plan.planId);
      for (const [action, n] of Object.entries(plan.counts)) acted[action] = (acted[action] ?? 0) + n;
      const done = await sync(teacher, `/classes/${cls}/syncs`, { planId: plan.planId });
      const { items: entries } = await expectOk(
        teacher<{ items: Entry[] }>('GET', `/syncs/${done.id}/entries?limit=200`),
      );
      expect(entries.map((e) => name(e, e.action)).sort()).toEqual(
        plan.entries
          .filter((e) => e.action !== 'unchanged')
          .map((e) => name(e, told[e.action]!))
          .sort(),
      );
      const after = await expectOk(teacher<Plan>('GET', `/classes/${cls}/plan?readSis=true`));
      expect(after.counts).toMatchObject({ create: 0, update: 0 });
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 90_000, endOnFailure: true, examples: [[everyAction]] },
  );
  // it was no empty talk
  for (const action of ['create', 'update', 'skip', 'conflict'])
    expect([action, acted[action]]).not.toEqual([action, 0]);
}, 120_000);
