/** The gradebook API over the whole stack: any id, every list page by page, PUT twice, DELETE, and what many do at once. */
import {
  addClass,
  connectionSettings,
  district,
  emptyGradebook,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  students,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, type Caller, type TestService } from '../support/service.ts';

let service: TestService;
let tenants = 0;
beforeAll(async () => {
  service = await startService({ sis: { district: sisDistrict(10, 2) } });
});
afterAll(() => service.stop());

const place = async (n = 3): Promise<District & { tenant: string }> => {
  const tenant = `tenant-${++tenants}`;
  emptyGradebook(service.sis);
  return { ...(await district(service, n, {}, tenant)), tenant };
};
const e = encodeURIComponent;

/** All of a list, `limit` at a time. */
async function pages(by: Caller, path: string, limit: number): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=${limit}${cursor === null ? '' : `&cursor=${e(cursor)}`}`;
    const page: { items: unknown[]; nextCursor: string | null } = await expectOk(
      by('GET', `${path}?${query}`),
    );
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

test('ids are the LMS’s own, whatever is in them, and every list gives each object once, however it is cut', async () => {
  const { admin, lms, tenant } = await place(0);
  const ids = [
    ...[
      'a/b',
      'ü',
      ' ',
      '%',
      '%2F',
      '..a',
      '?',
      '#',
      "'; --",
      '"',
      '\\',
      '__proto__',
      'constructor',
      'Z',
      'z',
      '\u200b',
    ],
    // beyond the first plane: code units and code points are ordered differently
    ...['😀', '\uff21', '\ue000', '\u{10ffff}', 'x'.repeat(255), 'é'.repeat(255)],
  ];
  for (const id of ids) {
    const cell = `/classes/c1/lineItems/${e(id)}/results/${e(id)}`;
    const made = [
      await lms('PUT', `/classes/${e(id)}`, { domainId: 'school', title: 'Class' }),
      await lms('PUT', `/classes/c1/lineItems/${e(id)}`, { title: 'Quiz' }),
      await lms('PUT', `/classes/c1/students/${e(id)}`, {}),
      await lms('PUT', cell, { score: 1 }),
    ];
    expect([id, made.map((a) => a.status)]).toEqual([id, [201, 201, 201, 202]]);
    expect(await lms('GET', cell)).toMatchObject({ status: 200, body: { lineItemId: id, studentId: id } });
    expect(await lms('GET', `/classes/${e(id)}`)).toMatchObject({ status: 200, body: { classId: id } });
  }
  await expectOk(admin('PUT', '/domains/other', { name: 'Other', parentId: tenant }));
  for (const cls of ['a/b', 'ü', 'z']) await sync(lms, `/classes/${e(cls)}/syncs`);
  const { id: run } = await sync(lms);
  const lists: [string, number][] = [
    ...([
      ['/domains', 3],
      [`/domains/${tenant}/keys`, 2],
      ['/classes', ids.length + 1],
    ] as [string, number][]),
    ...['students', 'lineItems', 'results'].map((l): [string, number] => [`/classes/c1/${l}`, ids.length]),
    ['/syncs', 4],
    [`/syncs/${run}/entries`, ids.length * 2],
  ];
  for (const [path, size] of lists)
    for (const limit of [1, 7, 200]) {
      const items = (await pages(admin, path, limit)).map((item) => JSON.stringify(item));
      expect([path, limit, items.length, new Set(items).size]).toEqual([path, limit, size, size]);
    }
}, 40_000);

test('what cannot be an id is refused, not guessed at', async () => {
  const { lmsKey } = await place(0);
  for (const id of ['%00', 'a%00b', '%ED%A0%80', '%E0%A4%A', '%zz', 'x'.repeat(256)]) {
    const url = `${service.url}/v1/classes/${id}`;
    expect([id, (await fetch(url, { headers: { authorization: `Bearer ${lmsKey}` } })).status]).toEqual([
      id,
      400,
    ]);
  }
});

test('an edit that names what it was made on is refused where somebody was faster; of two at once one is told', async () => {
  const { admin, lms, tenant } = await place(1);
  await putLineItem(lms, 'a');
  const edits: [Caller, string, object, object][] = [
    [lms, '/classes/c1/lineItems/a/overrides', { sisTitle: 'One' }, { sisTitle: 'Two', syncToSis: null }],
    [lms, '/classes/c1/categoryMapping', { map: { hw: 'one' } }, { map: { hw: 'two' }, default: null }],
    [lms, '/classes/c1/syncSettings', { autoSync: 'off' }, { autoSync: 'on' }],
    [admin, `/domains/${tenant}/categoryMapping`, { map: { homework: 'one' } }, { map: { homework: 'two' } }],
  ];
  for (const [by, path, one, two] of edits) {
    const etag = async () => (await by('GET', path)).headers.get('etag') ?? '';
    const put = (body: object, tag: string) => by('PUT', path, body, { 'if-match': tag });
    const read = await etag();
    const both = await Promise.all([put(one, read), put(two, read)]);
    expect([path, both.map(({ status }) => status).sort()]).toEqual([path, [200, 412]]);
    const now = await etag();
    expect([path, both.find(({ status }) => status === 200)?.headers.get('etag')]).toEqual([path, now]);
    expect(await put(one, read)).toMatchObject({ status: 412, body: { code: 'STALE' } });
    expect((await put(two, now)).status).toBe(200);
  }
});

test('the same PUT again changes nothing, and says that nothing is new', async () => {
  const { admin, lms, tenant } = await place(2);
  await putLineItem(lms, 'a');
  const puts: [Caller, string, object][] = [
    [admin, '/domains/school', { name: 'School', parentId: tenant, timeZone: 'America/Denver' }],
    [
      lms,
      '/classes/c1',
      {
        domainId: 'school',
        title: 'Algebra',
        sourcedId: 'sis-class-1',
        categories: [{ id: 'hw', title: 'Homework' }],
      },
    ],
    [lms, '/classes/c1/students/s01', { sourcedId: 'sis-s01', familyName: 'One' }],
    [
      lms,
      '/classes/c1/lineItems/a',
      { title: 'Quiz', categoryId: 'hw', resultValueMax: 10, dueDate: '2026-11-20T23:59:00-06:00' },
    ],
    [lms, '/classes/c1/lineItems/a/overrides', { sisTitle: 'Other' }],
    [lms, '/classes/c1/lineItems/a/results/s01', { score: 5, comment: 'Said' }],
    [lms, '/classes/c1/categoryMapping', { map: { hw: 'sis-tests' } }],
    [admin, `/domains/${tenant}/categoryMapping`, { map: { homework: 'sis-tests' } }],
    [lms, '/classes/c1/syncSettings', { autoSync: 'off' }],
  ];
  for (const [by, path, body] of puts) {
    const first = await by('PUT', path, body);
    expect([path, first.status < 300]).toEqual([path, true]);
    const again = await by('PUT', path, body);
    expect([path, again.status, again.body]).toEqual([
      path,
      first.status === 201 ? 200 : first.status,
      first.body,
    ]);
  }
  await sync(lms);
  service.sis.control.resetCounts();
  for (const [by, path, body] of puts) await expectOk(by('PUT', path, body));
  expect((await sync(lms)).counts).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
  expect(service.sis.control.writes()).toEqual([]);
});

test('a score names lineItem and student of its own class only', async () => {
  const { lms } = await place(2);
  await addClass(lms, 'c2', 2);
  await expectOk(lms('PUT', '/classes/c2/students/only-c2', {}));
  await putLineItem(lms, 'only-c2', {}, 'c2');
  await putLineItem(lms, 'a');
  const batch = await lms<{ accepted: number; rejected: { index: number; code: string }[] }>(
    'POST',
    '/classes/c1/results/batch',
    {
      results: [
        { lineItemId: 'only-c2', studentId: 's01', score: 1 },
        { lineItemId: 'a', studentId: 'only-c2', score: 1 },
        { lineItemId: 'a', studentId: 's01', score: 1 },
      ],
    },
  );
  expect(batch.body).toMatchObject({
    accepted: 1,
    rejected: [
      { index: 0, code: 'LINE_ITEM_NOT_FOUND' },
      { index: 1, code: 'STUDENT_NOT_FOUND' },
    ],
  });
  for (const [body, pointer] of [
    [{ lineItemIds: ['a', 'only-c2'] }, '/lineItemIds/1'],
    [{ studentIds: ['only-c2'] }, '/studentIds/0'],
  ] as const)
    expect(await lms('POST', '/classes/c1/syncs', body)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer }] },
    });
});

test('a batch tells what a single score is told before it is sent, of those rows only of which there is anything', async () => {
  const { lms } = await place(3);
  await putLineItem(lms, 'a', { resultValueMax: 10 });
  await expectOk(lms('PUT', '/classes/c1/students/s03', { sourcedId: null }));
  const one = (student: string, score: number) => ({ lineItemId: 'a', studentId: student, score });
  const { findings } = await expectOk(
    lms<{ findings: { index: number; findings: { code: string }[] }[] }>(
      'POST',
      '/classes/c1/results/batch',
      {
        results: [one('s01', 9), one('nobody', 1), one('s02', 12), one('s03', 7)],
      },
    ),
  );
  expect(findings.map((of) => [of.index, of.findings.map(({ code }) => code)])).toEqual([
    [2, ['SCORE_ABOVE_MAX']],
    [3, ['MAP_STUDENT']],
  ]);
  for (const [index, student, score] of [
    [0, 's02', 12],
    [1, 's03', 7],
  ] as const)
    expect(await expectOk(lms('PUT', `/classes/c1/lineItems/a/results/${student}`, { score }))).toMatchObject(
      { findings: findings[index]!.findings },
    );
});

describe('DELETE', () => {
  test('takes away what stood on it; made anew, it begins empty', async () => {
    const { lms } = await place(2);
    const status = async (path: string) => (await lms('GET', path)).status;
    await putLineItem(lms, 'a');
    await putLineItem(lms, 'b');
    for (const item of ['a', 'b']) await putScores(lms, item, 2);
    expect((await lms('DELETE', '/classes/c1/lineItems/a')).status).toBe(204);
    expect((await lms('DELETE', '/classes/c1/lineItems/a')).status).toBe(404);
    await putLineItem(lms, 'a');
    expect(await status('/classes/c1/lineItems/a/results/s01')).toBe(404);
    expect((await lms('DELETE', '/classes/c1/students/s01')).status).toBe(204);
    expect(await status('/classes/c1/lineItems/b/results/s01')).toBe(404);
    expect(await status('/classes/c1/lineItems/b/results/s02')).toBe(200);
    const { id } = await sync(lms);
    expect((await lms('DELETE', '/classes/c1')).status).toBe(204);
    for (const path of ['/classes/c1', '/classes/c1/students', `/syncs/${id}`])
      expect(await status(path)).toBe(404);
    await addClass(lms, 'c1', 1);
    expect(await pages(lms, '/classes/c1/lineItems', 10)).toEqual([]);
  });

  test('of what a sync waits for ends the sync', async () => {
    const { admin, lms, tenant } = await place(3);
    const settings = { passbackEnabled: true, ...connectionSettings(service.sis) };
    for (const item of ['a', 'b', 'c']) {
      await putLineItem(lms, item);
      await putScores(lms, item, 3);
    }
    await expectOk(admin('POST', `/domains/${tenant}/pause`));
    const { body } = await lms<SyncBody>('POST', '/classes/c1/syncs', {});
    const pending = async () =>
      (await expectOk(lms<{ pending: number }>('GET', `/syncs/${body.id}`))).pending;
    expect(await pending()).toBe(12);
    await expectOk(lms('DELETE', '/classes/c1/lineItems/a'));
    expect(await pending()).toBe(8);
    for (const student of students(2)) await expectOk(lms('DELETE', `/classes/c1/students/${student}`));
    await expectOk(lms('DELETE', '/classes/c1/lineItems/b'));
    await expectOk(lms('DELETE', '/classes/c1/lineItems/c/results/s03'));
    expect(await expectOk(lms<SyncBody>('GET', `/syncs/${body.id}`))).toMatchObject({
      status: 'processing',
      pending: 1,
    });
    await expectOk(lms('DELETE', '/classes/c1/lineItems/c'));
    expect((await syncEnd(lms, body.id, 1_000)).status).toBe('complete');
    await expectOk(admin('PUT', `/domains/${tenant}/settings`, settings));
  });
});

/** What another request does in the very moment in which a score of class c1 waits for its turn. */
async function whileScoreWaits(lms: Caller, tenant: string, change: string) {
  const client = await service.service.db.pool.connect();
  try {
    await client.query('BEGIN');
    const [cls] = await client
      .query<{ id: string }>(
        `SELECT c.id FROM class c JOIN domain d ON d.id = c.tenant_id WHERE d.key = $1 AND c.key = 'c1' FOR UPDATE OF c`,
        [tenant],
      )
      .then((answer) => answer.rows);
    const scored = lms('PUT', '/classes/c1/lineItems/a/results/s01', { score: 1 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.query(change, [cls!.id]);
    await client.query('COMMIT');
    return await scored;
  } finally {
    client.release();
  }
}

test('a score that comes while its lineItem is deleted is refused, and leaves no row that stands on nothing', async () => {
  const { lms, tenant } = await place(1);
  await putLineItem(lms, 'a');
  const answer = await whileScoreWaits(lms, tenant, 'DELETE FROM line_item WHERE class_id = $1');
  expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  const orphans = await service.service.db.rows(
    `SELECT 1 FROM result r WHERE NOT EXISTS (SELECT 1 FROM line_item l WHERE l.id = r.line_item_id)`,
  );
  expect(orphans).toEqual([]);
});

test('a score that comes while its class moves is kept where the class is then', async () => {
  const { admin, lms, tenant } = await place(1);
  await expectOk(admin('PUT', '/domains/other', { name: 'Other', parentId: tenant }));
  await putLineItem(lms, 'a');
  const move = `WITH o AS (SELECT d.id FROM domain d JOIN class c ON c.tenant_id = d.tenant_id WHERE c.id = $1 AND d.key = 'other'),
    li AS (UPDATE line_item SET domain_id = o.id FROM o WHERE class_id = $1)
    UPDATE class SET domain_id = o.id FROM o WHERE class.id = $1`;
  expect((await whileScoreWaits(lms, tenant, move)).status).toBe(202);
  expect(
    await service.service.db.rows(
      `SELECT d.key FROM result r JOIN domain d ON d.id = r.domain_id JOIN domain t ON t.id = d.tenant_id WHERE t.key = $1`,
      [tenant],
    ),
  ).toEqual([{ key: 'other' }]);
});

test('many changes at once: none is a defect, the rows agree with each other, and then the SIS with us', async () => {
  const n = 8;
  const { admin, lms, tenant } = await place(n);
  await expectOk(admin('PUT', '/domains/other', { name: 'Other', parentId: tenant }));
  const own = await expectOk(admin<object>('GET', `/domains/${tenant}/settings`));
  const putOwn = (change: object) => admin('PUT', `/domains/${tenant}/settings`, { ...own, ...change });
  let round = 0;
  /** a small generator of its own, so that a failing run can be repeated */
  let seed = 20261121;
  const pick = <T>(of: readonly T[]): T => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return of[(seed >>> 16) % of.length]!;
  };
  const item = () => `/classes/c1/lineItems/${pick(['a', 'b', 'c'])}`;
  const student = () => pick(students(n));
  const cls = (domainId: string) =>
    lms('PUT', '/classes/c1', {
      domainId,
      title: `Class ${round}`,
      sourcedId: 'sis-class-1',
      categories: [{ id: 'hw', title: 'Homework' }],
    });
  const acts: (() => ReturnType<Caller>)[] = [
    () => cls(pick(['school', 'other'])),
    () =>
      lms('PUT', item(), {
        title: `Quiz ${round}`,
        categoryId: 'hw',
        resultValueMax: 100,
        dueDate: '2026-11-20T23:59:00-06:00',
      }),
    () => lms('PUT', `${item()}/results/${student()}`, { score: round % 100 }),
    () =>
      lms('POST', '/classes/c1/results/batch', {
        results: students(n).map((studentId) => ({
          lineItemId: pick(['a', 'b', 'c']),
          studentId,
          score: round % 100,
        })),
      }),
    () => lms('PUT', `/classes/c1/students/${student()}`, { familyName: `Name ${round}` }),
    () =>
      lms('PUT', '/classes/c1/students?confirm=true', {
        students: students(pick([n - 2, n])).map((studentId) => ({
          studentId,
          sourcedId: `sis-${studentId}`,
        })),
      }),
    () => lms('POST', pick(['/classes/c1/syncs', `${item()}/results/${student()}/syncs`]), {}),
    () => lms('GET', pick(['/classes/c1/results', '/classes/c1/lineItems', '/classes/c1/plan'])),
    () => lms('DELETE', item()),
    () => lms('DELETE', `/classes/c1/students/${student()}`),
    () => lms('DELETE', `${item()}/results/${student()}`),
    () => lms('PUT', '/classes/c1/categoryMapping', { map: { hw: pick(['sis-homework', 'sis-tests']) } }),
    () => lms('PUT', '/classes/c1/syncSettings', { autoSync: pick(['on', 'off', 'inherit']) }),
    () => putOwn({ excludedDomainIds: pick([[], ['school'], ['other']]) }),
    () => putOwn({ passbackEnabled: pick([true, true, false]), gatherSeconds: 0 }),
    () =>
      admin(
        'PUT',
        '/domains/other/settings',
        pick<object>([{}, connectionSettings(service.sis), { sendLate: false }]),
      ),
    () => admin('POST', `/domains/school/${pick(['pause', 'resume'])}`),
  ];
  const until = performance.now() + 4_000;
  const worker = async () => {
    for (; performance.now() < until; round++) {
      const answer = await pick(acts)();
      expect(answer.status).toBeLessThan(500);
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));

  const [odd] = await service.service.db.rows(
    `SELECT count(*)::int AS rows FROM result r LEFT JOIN line_item l ON l.id = r.line_item_id LEFT JOIN student s ON s.id = r.student_id
       LEFT JOIN class c ON c.id = l.class_id
      WHERE l.id IS NULL OR s.id IS NULL OR s.class_id <> l.class_id OR r.domain_id <> c.domain_id OR l.domain_id <> c.domain_id`,
  );
  expect(odd).toEqual({ rows: 0 });

  // of a score that was in flight when its student was deleted nobody can tell afterwards that it was ours
  await expectOk(putOwn({ gatherSeconds: 0, conflictPolicy: 'lmsWins' }));
  await expectOk(admin('POST', '/domains/school/resume'));
  await expectOk(admin('PUT', '/domains/other/settings', {}));
  await expectOk(cls('school'));
  await expectOk(
    lms('PUT', '/classes/c1/students', {
      students: students(n).map((studentId) => ({ studentId, sourcedId: `sis-${studentId}` })),
    }),
  );
  for (const key of ['a', 'b', 'c']) {
    await putLineItem(lms, key);
    await putScores(lms, key, n, (i) => i);
  }
  await sync(lms);
  expect((await sync(lms)).counts).toMatchObject({ failed: 0 });
  const { items } = await expectOk(
    lms<{ items: { lineItemId: string; studentId: string; state: string; desired: { score: number } }[] }>(
      'GET',
      '/classes/c1/results?limit=200',
    ),
  );
  expect(new Set(items.map((i) => i.state))).toEqual(new Set(['acknowledged']));
  const { items: lineItems } = await expectOk(
    lms<{ items: { lineItemId: string; sourcedId: string }[] }>('GET', '/classes/c1/lineItems'),
  );
  for (const { lineItemId, studentId, desired } of items) {
    const { sourcedId = '' } = lineItems.find((l) => l.lineItemId === lineItemId) ?? {};
    expect(service.sis.control.resultOf(sourcedId, `sis-${studentId}`)).toMatchObject({
      score: desired.score,
    });
  }
  expect(service.logged()).not.toMatch(/"level":"error"|a lane run failed|could not be worked on/);
}, 40_000);
