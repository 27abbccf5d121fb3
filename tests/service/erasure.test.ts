/** What is held about one student, handed out and forgotten; and that nothing stays of what is deleted whole. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import {
  addClass,
  district,
  expectOk,
  putLineItem,
  putScores,
  sisDistrict,
  sync,
  syncEnd,
  type District,
  type SyncBody,
} from '../support/district.ts';
import { startService, until, type TestService } from '../support/service.ts';

const N = 3;
let service: TestService;
let d: District;
let other: District;
let db: Database;
beforeAll(async () => {
  // one more than the district has: a student who comes later
  service = await startService({ sis: { district: sisDistrict(N + 1, 2) } });
  db = openDatabase({ connectionString: service.connectionString, poolSize: 2 });
  d = await district(service, N);
  other = await district(service, N, {}, 'elsewhere');
  await expectOk(d.admin('PUT', '/domains/annex', { name: 'Annex', parentId: 'district' }));
  await addClass(d.lms, 'c2', N, { domainId: 'annex' });
  for (const cls of ['c1', 'c2']) {
    await putLineItem(d.lms, 'quiz', {}, cls);
    await putScores(d.lms, 'quiz', N, (i) => 61 + i, cls);
  }
  await putLineItem(other.lms, 'quiz');
  await putScores(other.lms, 'quiz', N);
});
afterAll(async () => {
  await db.close();
  await service.stop();
});

interface Data {
  enrollments: {
    classId: string;
    student: { studentId: string; sourcedId: string };
    results: {
      lineItemId: string;
      desired: { score: number };
      acknowledged: object | null;
      lastSentAt: string | null;
    }[];
  }[];
  history: { classId: string; lineItemId: string; action: string; at: string }[];
}
interface Erased {
  erased: { enrollments: number; results: number; historyEntries: number };
  remainsInSis: { classId: string; lineItemId: string; resultSourcedId: string }[];
}
const data = (query: string, domain = 'district') =>
  d.admin<Data>('GET', `/domains/${domain}/studentData?${query}`);
const erase = (query: string, domain = 'district') =>
  d.admin<Erased & { code: string; detail: string }>('DELETE', `/domains/${domain}/studentData?${query}`);
const inSis = () =>
  service.sis.control
    .contents()
    .results.map((r) => (r['student'] as { sourcedId: string }).sourcedId)
    .sort();

test('everything held about a student is handed out, of all classes of the subtree and no other', async () => {
  await sync(d.lms);
  await sync(d.lms, '/classes/c2/syncs');
  const all = await expectOk(data('studentId=s02'));
  expect(all.enrollments.map((e) => [e.classId, e.student])).toEqual(
    ['c1', 'c2'].map((id) => [
      id,
      expect.objectContaining({
        studentId: 's02',
        sourcedId: 'sis-s02',
        givenName: 'Given',
        familyName: 's02',
      }),
    ]),
  );
  expect(all.enrollments[0]!.results).toMatchObject([
    {
      ...{ lineItemId: 'quiz', lineItemTitle: 'Title of quiz', lastSentAt: expect.any(String) },
      ...{ desired: { score: 62 }, acknowledged: { score: 62 } },
    },
  ]);
  expect(all.history).toMatchObject([
    { classId: 'c1', lineItemId: 'quiz', action: 'created', at: expect.any(String) },
    { classId: 'c2', lineItemId: 'quiz', action: 'created' },
  ]);
  expect(JSON.stringify(all)).not.toMatch(/s01|s03/);
  const bySis = await expectOk(data('sourcedId=sis-s02'));
  expect(bySis).toMatchObject({ enrollments: all.enrollments, history: all.history });
  expect((await expectOk(data('studentId=s02', 'annex'))).enrollments.map((e) => e.classId)).toEqual(['c2']);
});

test('an unknown student is not found; one that is named twice or not at all is not valid', async () => {
  expect((await data('studentId=ghost')).status).toBe(404);
  expect((await erase('sourcedId=ghost&confirm=true')).status).toBe(404);
  for (const query of ['', 'studentId=s02&sourcedId=sis-s02', 'studentId=', 'name=s02'])
    expect([query, (await data(query)).status]).toEqual([query, 400]);
});

test('A41: nothing is erased without a confirmation, which is told how much it would be', async () => {
  const before = await expectOk(data('studentId=s02'));
  const asked = await erase('studentId=s02');
  expect([asked.status, asked.body.code]).toEqual([409, 'CONFIRM_NEEDED']);
  expect(asked.body.detail).toContain('2 enrollments, 2 results');
  expect(await expectOk(data('studentId=s02'))).toEqual(before);
});

test('A41: what is erased is gone here, not sent again, and still in the SIS, which the answer says', async () => {
  const sent = inSis();
  // something waits, too: a new score while the subtree is paused
  await expectOk(d.admin('POST', '/domains/district/pause'));
  await putScores(d.lms, 'quiz', N, (i) => 71 + i);
  const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs'));
  const seen = service.sis.control.requests.length;
  const erased = await expectOk(erase('studentId=s02&confirm=true'));
  expect(erased.erased).toEqual({ enrollments: 2, results: 2, historyEntries: 2 });
  expect(erased.remainsInSis.map((r) => [r.classId, r.lineItemId, typeof r.resultSourcedId])).toEqual([
    ['c1', 'quiz', 'string'],
    ['c2', 'quiz', 'string'],
  ]);
  await expectOk(d.admin('POST', '/domains/district/resume'));
  expect(await syncEnd(d.lms, id)).toMatchObject({ status: 'complete' });
  await sync(d.lms, '/classes/c1/syncs', { mode: 'all' });
  await sync(d.lms, '/classes/c2/syncs', { mode: 'all' });

  const after = service.sis.control.requests.slice(seen);
  expect(after.length).toBeGreaterThan(0);
  expect(JSON.stringify(after)).not.toContain('sis-s02');
  expect(inSis()).toEqual(sent);
  expect((await data('studentId=s02')).status).toBe(404);
  expect((await d.lms('GET', '/classes/c1/students/s02')).status).toBe(404);
  // the district next door has a student of the same id, and keeps him
  expect((await other.lms('GET', '/classes/c1/students/s02')).status).toBe(200);
  const told = await db.rows<{ student_key: string }>(
    `SELECT e.student_key FROM sync_entry e JOIN sync s ON s.id = e.sync_id JOIN domain t ON t.id = s.tenant_id WHERE t.key = 'district'`,
  );
  expect(told.map((t) => t.student_key).filter((key) => key === '(erased)')).toHaveLength(2);
  expect(told.map((t) => t.student_key)).not.toContain('s02');
});

test('A41: no table holds anything of him, but that somebody was erased, and by whom', async () => {
  const [tenant] = await db.rows<{ id: string }>(`SELECT id FROM domain WHERE key = 'district'`);
  const rows = await everyRow();
  const ofOthers = new Set(
    (await db.rows<{ id: string }>(`SELECT id FROM class WHERE tenant_id <> $1`, [tenant!.id])).map(
      (c) => c.id,
    ),
  );
  const left = rows.filter(
    ({ table, row }) =>
      /s02/.test(JSON.stringify(row)) && !(table === 'student' && ofOthers.has(String(row['class_id']))),
  );
  // the other district's syncs have not been pressed: nothing of its student is in a history
  expect(left).toEqual([]);
  const { items } = await expectOk(
    d.admin<{ items: object[] }>('GET', '/domains/district/audit?action=student.erase'),
  );
  expect(items).toMatchObject([
    {
      ...{ actor: 'admin', domainId: 'district', subject: { domainId: 'district' } },
      detail: { by: 'studentId', enrollments: 2, results: 2, historyEntries: 2 },
    },
  ]);
});

test('A41: a student whose score is on its way is erased at once; the answer of the SIS brings nothing back', async () => {
  service.sis.control.setLatency(400);
  await putScores(d.lms, 'quiz', 1, () => 90);
  const { id } = await expectOk(d.lms<SyncBody>('POST', '/classes/c1/syncs'));
  await until(async () => {
    const [row] = await db.rows(`SELECT 1 FROM result WHERE sending_epoch IS NOT NULL AND score = 90`);
    return row !== undefined;
  });
  await expectOk(erase('sourcedId=sis-s01&confirm=true'));
  expect((await syncEnd(d.lms, id)).status).not.toBe('processing');
  service.sis.control.setLatency(0);
  // the lane has come to the end of what it had in its hands
  await sync(d.lms, '/classes/c1/syncs', { mode: 'all' });
  expect((await data('studentId=s01')).status).toBe(404);
  expect(
    await db.rows(
      `SELECT 1 FROM sync_entry e JOIN sync s ON s.id = e.sync_id JOIN domain t ON t.id = s.tenant_id WHERE t.key = 'district' AND e.student_key = 's01'`,
    ),
  ).toEqual([]);
});

test('what is left in the history of one who was taken out of a class is found and erased by the LMS’s id', async () => {
  await expectOk(d.lms('DELETE', '/classes/c1/students/s03'));
  await expectOk(d.lms('DELETE', '/classes/c2/students/s03'));
  const { enrollments, history } = await expectOk(data('studentId=s03'));
  expect([enrollments, history.length > 0]).toEqual([[], true]);
  await expectOk(erase('studentId=s03&confirm=true'));
  expect((await data('studentId=s03')).status).toBe(404);
});

test('a result that was deleted here and not in the SIS is told too, for nobody knows of it afterwards', async () => {
  // nobody’s score stands in the SIS for him, as one would for somebody who was erased
  await expectOk(d.lms('PUT', '/classes/c1/students/s04', { sourcedId: 'sis-s04' }));
  await expectOk(d.lms('PUT', '/classes/c1/lineItems/quiz/results/s04', { score: 5 }));
  expect(await sync(d.lms)).toMatchObject({ byKind: { results: { created: 1 } } });
  await expectOk(d.lms('DELETE', '/classes/c1/lineItems/quiz/results/s04'));
  const { remainsInSis } = await expectOk(erase('studentId=s04&confirm=true'));
  expect(remainsInSis).toMatchObject([
    { classId: 'c1', lineItemId: 'quiz', resultSourcedId: expect.any(String) },
  ]);
});

test('a student who is put again by the LMS is a new one, and what the SIS still has of him is not written over', async () => {
  await expectOk(d.lms('PUT', '/classes/c1/students/s02', { sourcedId: 'sis-s02' }));
  expect(await expectOk(data('studentId=s02'))).toMatchObject({
    enrollments: [{ results: [] }],
    history: [],
  });
  const path = '/classes/c1/lineItems/quiz/results/s02';
  await expectOk(d.lms('PUT', path, { score: 5 }));
  const before = service.sis.control.writes().length;
  // without what was erased it is a stranger's, and a person decides
  expect(await sync(d.lms)).toMatchObject({ byKind: { results: { conflicts: 1 } } });
  expect(service.sis.control.writes()).toHaveLength(before);
  expect(await expectOk(d.lms('GET', path))).toMatchObject({
    ...{ acknowledged: null, state: 'conflict', reason: { code: 'SCORE_ALREADY_IN_SIS' } },
  });
});

test('A41: a tenant that is deleted leaves nothing in any table but the audit trail', async () => {
  const word = 'Doomed7f3a';
  const key = (name: string) => `${word}-${name}`;
  const { root } = service;
  await expectOk(root('PUT', `/domains/${key('top')}`, { name: word }));
  const tenant = `?tenant=${key('top')}`;
  const { key: adminKey, id: adminKeyId } = await expectOk(
    root<{ key: string; id: string }>('POST', `/domains/${key('top')}/keys${tenant}`, {
      role: 'admin',
      name: word,
    }),
  );
  const admin = service.as(adminKey);
  const lms = service.as(
    (
      await expectOk(
        admin<{ key: string }>('POST', `/domains/${key('top')}/keys`, { role: 'lms', name: word }),
      )
    ).key,
  );
  await expectOk(admin('PUT', `/domains/${key('school')}`, { name: word, parentId: key('top') }));
  const settings = { passbackEnabled: true, baseUrl: service.sis.gradebookUrl, auth: service.sis.auth };
  await expectOk(admin('PUT', `/domains/${key('top')}/settings`, { ...settings, sisName: word }));
  await expectOk(
    admin('PUT', `/domains/${key('school')}/settings`, { ...settings, extraHeaders: { [word]: word } }),
  );
  await addClass(lms, key('class'), N, { domainId: key('school'), title: word, sourcedId: 'sis-class-1' });
  await putLineItem(lms, key('quiz'), {}, key('class'));
  await putScores(lms, key('quiz'), N, () => 5, key('class'));
  const person = {
    subject: word,
    displayName: word,
    role: 'teacher',
    domainId: key('school'),
    classIds: [key('class')],
  };
  const once = { 'idempotency-key': word };
  await expectOk(lms('POST', '/tokens', person));
  // tokens and repeats of a root key outlive no tenant either
  await expectOk(root('POST', `/tokens${tenant}`, person, once));
  const press = `/classes/${key('class')}/syncs`;
  const pressed = await expectOk(root<SyncBody>('POST', press, {}, { 'idempotency-key': `${word}-press` }));
  await syncEnd(lms, pressed.id);
  await expectOk(lms('GET', `/classes/${key('class')}/sisCategories`));

  const [own] = await db.rows<{ id: string }>(`SELECT id FROM domain WHERE key = $1`, [key('top')]);
  const about = async () => {
    const ids: Record<string, string> = { tenant_id: own!.id };
    return (await everyRow()).filter(
      ({ row }) =>
        JSON.stringify(row).includes(word) ||
        JSON.stringify(row).includes(adminKeyId) ||
        Object.entries(ids).some(([column, id]) => String(row[column]) === id),
    );
  };
  const tables = async () => [...new Set((await about()).map((r) => r.table))].sort();
  expect(await tables()).toEqual(
    expect.arrayContaining([
      ...['api_key', 'audit', 'class', 'connection', 'domain', 'idempotency_key', 'line_item'],
      ...['sync', 'sync_entry', 'user_token'],
    ]),
  );
  await expectOk(lms('DELETE', `/classes/${key('class')}`));
  await expectOk(root('DELETE', `/domains/${key('school')}${tenant}`));
  await expectOk(root('DELETE', `/domains/${key('top')}${tenant}`));
  expect(await tables()).toEqual(['audit']);
  // and rows that named no word of it, such as its lanes and results, went with what they belonged to
  expect(await orphans()).toEqual([]);
});

/** All rows of all tables, whatever tables there are. */
async function everyRow(): Promise<{ table: string; row: Record<string, unknown> }[]> {
  const tables = await db.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(12);
  const rows: { table: string; row: Record<string, unknown> }[] = [];
  for (const { name } of tables)
    for (const { row } of await db.rows<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM "${name}" t`,
    ))
      rows.push({ table: name, row });
  return rows;
}

/**
 * How far something has come in the order of a table's ids: it names no row, which may be gone by then. Everything else
 * that ends with _id names one: a column whose table is not found is a question for whoever adds it.
 */
const places = ['schedule_run.after_class_id'];

/** Columns that name a row of another table by its id, whether or not the database knows of it; the trail may. */
async function orphans(): Promise<string[]> {
  const columns = await db.rows<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name ~ '_id$' AND data_type = 'bigint' AND table_name <> 'audit'
        AND table_name || '.' || column_name <> ALL($1)`,
    [places],
  );
  const of: Record<string, string> = { tenant_id: 'domain', parent_id: 'domain' };
  const found: string[] = [];
  for (const { table, column } of columns) {
    const target = of[column] ?? column.replace(/_id$/, '');
    const left = await db.rows(
      `SELECT 1 FROM "${table}" t WHERE t."${column}" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "${target}" o WHERE o.id = t."${column}") LIMIT 1`,
    );
    if (left.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}
