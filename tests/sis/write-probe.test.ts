/** What the connection test learns by writing into a class, and that nothing of it stays there. */
import type { Rules } from '../../src/demo/sis/rules.ts';
import { SCOPES } from '../../src/demo/sis/oauth.ts';
import type { TestExpectation, TestReport } from '../../src/passback/ports/sis.ts';
import { SIS_CLIENT, startTestSis, type TestSis, type TestSisOptions } from '../support/sis.ts';
import { aClass } from '../gradebook/facts.ts';
import { clientCredentials, closeAll, connection, never, sisOf } from './fixtures.ts';

let sis: TestSis;
afterEach(async () => {
  await closeAll();
  await sis.stop();
  expect(sis.violations).toEqual([]);
});

const beyond = ['post', 'delete'] as const;
async function tried(
  rules: Partial<Rules> = {},
  about: {
    student?: string | null;
    options?: TestSisOptions;
    signal?: AbortSignal;
    before?: () => void;
  } = {},
): Promise<TestReport> {
  sis = await startTestSis(about.options ?? {});
  sis.control.setRules(rules);
  about.before?.();
  const { student = 'student-1', signal = never } = about;
  const of = connection(sis, { auth: clientCredentials(), beyond });
  const cls = aClass({
    sourcedId: 'class-1',
    schoolSourcedId: null,
    gradingPeriods: [],
    gradebookUrl: of.gradebookUrl,
    rosteringUrl: of.rosteringUrl,
  });
  const expected: TestExpectation = {
    classSourcedId: 'class-1',
    studentSourcedIds: ['student-1'],
    categories: [],
    probe: { cls, studentSourcedId: student },
  };
  return sisOf().test(of, expected, signal);
}
const step = ({ steps }: TestReport, name: string) => steps.find((one) => one.name === name);
const expectNothingLeft = () => {
  const { lineItems, results } = sis.control.contents();
  expect([lineItems, results]).toEqual([[], []]);
};

test('an SIS that keeps everything: each fact is learned, and nothing stays', async () => {
  const report = await tried({ bulkPost: 'array' });
  expect(report.steps.filter(({ status }) => status === 'failed' || status === 'skipped')).toEqual([
    expect.objectContaining({ name: 'classCategories' }),
  ]);
  expect(report.capabilities).toMatchObject({
    keepsIds: true,
    updateStatus: 201,
    longTitle: 'kept',
    titleLimit: null,
    overMax: 'kept',
    exempt: 'kept',
    bulkResults: 'array',
    deleteResult: true,
    deleteLineItem: true,
    readLineItems: true,
    readResults: true,
    pages: { complete: 6 },
  });
  expect(report.capabilities.latencyMs).toEqual(expect.any(Number));
  expect(report.capabilities.writeTestedAt).toEqual(expect.any(String));
  expect(report.leftBehind).toEqual([]);
  expectNothingLeft();
  for (const { body } of sis.control.writes()) {
    const { lineItem } = (body ?? {}) as { lineItem?: { title: string } };
    if (lineItem) expect(lineItem.title).toMatch(/^Connection test /);
  }
});

test.each([30, 37, 50, 100, 254])(
  'a limit of %i characters that refuses is found in few steps',
  async (n) => {
    const report = await tried({ titleLimit: n });
    expect(report.capabilities).toMatchObject({ longTitle: 'refused', titleLimit: n });
    expect(step(report, 'titles')?.detail).toContain(`${n} characters`);
    expect(sis.control.count({ method: 'PUT', kind: 'lineItem' })).toBeLessThan(18);
    expectNothingLeft();
  },
);

test('a limit that cuts is seen at once', async () => {
  const report = await tried({ titleLimit: 50, titleTooLong: 'cut' });
  expect(report.capabilities).toMatchObject({ longTitle: 'cut', titleLimit: 50 });
  expect(sis.control.count({ method: 'PUT', kind: 'lineItem' })).toBe(4);
  expectNothingLeft();
});

test('an SIS with ids of its own', async () => {
  const report = await tried({ allocatesIds: 'forgets', bulkPost: 'object' });
  expect(report.capabilities).toMatchObject({ keepsIds: false, bulkResults: 'object', deleteLineItem: true });
  expectNothingLeft();
});

test('no more than the points, a 0 for what is excused, no many at once', async () => {
  const report = await tried({ scoreInRange: true, exemptAsZero: true });
  expect(report.capabilities).toMatchObject({ overMax: 'refused', exempt: 'zero', bulkResults: 'no' });
  expect(step(report, 'bulk')).toMatchObject({ status: 'ok' });
  expectNothingLeft();
});

test('without a student for tests nobody gets a score, and the report says what was not tried', async () => {
  const report = await tried({ bulkPost: 'array' }, { student: null });
  expect(report.capabilities).toMatchObject({
    overMax: null,
    exempt: null,
    bulkResults: null,
    deleteResult: null,
  });
  for (const name of ['bulk', 'overMax', 'exempt'])
    expect(step(report, name)).toMatchObject({
      status: 'skipped',
      detail: expect.stringContaining('student'),
    });
  expect(sis.control.count({ kind: 'result' }) + sis.control.count({ kind: 'results', method: 'POST' })).toBe(
    0,
  );
  expectNothingLeft();
});

test('where nothing may be deleted it is put there as to be deleted, and that is said', async () => {
  const report = await tried({ deletes: false });
  expect(report.capabilities).toMatchObject({ deleteLineItem: false, deleteResult: false });
  expect(step(report, 'cleanUp')).toMatchObject({ status: 'warning' });
  expect(sis.control.contents().lineItems).toEqual([expect.objectContaining({ status: 'tobedeleted' })]);
});

test('an SIS in trouble has not said that it forbids deleting', async () => {
  const report = await tried(
    {},
    {
      before: () => sis.control.arm({ kind: 'status', method: 'DELETE', request: 'lineItem', status: 500 }),
    },
  );
  expect(report.capabilities).toMatchObject({ deleteLineItem: null, deleteResult: true });
  expect(step(report, 'cleanUp')).toMatchObject({
    status: 'warning',
    detail: expect.stringContaining('could not delete it now'),
  });
});

test('what can be removed in no way is named', async () => {
  const report = await tried(
    { deletes: false },
    {
      before: () =>
        // the second writer of a test: from the third PUT on the assignment is locked
        sis.control.arm({ kind: 'status', method: 'PUT', request: 'lineItem', status: 409, skip: 3 }),
    },
  );
  expect(step(report, 'cleanUp')).toMatchObject({ status: 'failed', code: 'ITEM_DELETE_REFUSED' });
  const [left] = sis.control.contents().lineItems;
  expect(report.leftBehind).toEqual([
    { kind: 'lineItem', sourcedId: left?.sourcedId, title: expect.stringMatching(/^Connection test /) },
  ]);
  expect(report.ok).toBe(false);
});

test.each(['reset-after-store', 'hang'] as const)(
  'an answer that does not come (%s) ends the tries, and what may be there is removed',
  async (kind) => {
    const report = await tried(
      { allocatesIds: 'forgets' },
      {
        before: () => sis.control.arm({ kind, method: 'PUT', request: 'lineItem', count: 1 }),
        signal: AbortSignal.any([never, AbortSignal.timeout(4_000)]),
      },
    );
    expect(report.ok).toBe(false);
    expectNothingLeft();
  },
);

test('a test that is stopped in the middle removes what it made', async () => {
  const gone = new AbortController();
  const report = await tried(
    {},
    {
      signal: gone.signal,
      before: () => {
        sis.control.arm({ kind: 'delay', ms: 5_000, method: 'PUT', request: 'result', count: 1 });
        void sis.control
          .waitFor((c) => c.count({ method: 'PUT', kind: 'result' }) > 0)
          .then(() => gone.abort());
      },
    },
  );
  expect(report.ok).toBe(false);
  expect(step(report, 'cleanUp')).toMatchObject({ status: 'ok' });
  expectNothingLeft();
});

test('without the right to delete or to send many it says so and still cleans up as far as it can', async () => {
  const scopes = [SCOPES.read, SCOPES.put, SCOPES.roster];
  const report = await tried({ bulkPost: 'array' }, { options: { clients: [{ ...SIS_CLIENT, scopes }] } });
  expect(report.capabilities).toMatchObject({ bulkResults: 'no', deleteLineItem: false });
  expect(step(report, 'scopes')?.detail).toContain('gradebook.createpost');
  expect(sis.control.contents().lineItems).toEqual([expect.objectContaining({ status: 'tobedeleted' })]);
});

test('an SIS that takes no assignment: the rest is not tried, and nothing is there', async () => {
  const report = await tried(
    {},
    {
      before: () => sis.control.arm({ kind: 'status', method: 'PUT', request: 'lineItem', status: 422 }),
    },
  );
  expect(step(report, 'writing')).toMatchObject({ status: 'failed' });
  expect(step(report, 'titles')).toMatchObject({ status: 'skipped' });
  expectNothingLeft();
});
