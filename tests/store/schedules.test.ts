/** Runs of schedules, as many workers as there may be see them: the rows alone decide. */
import { openDatabase, type Database } from '../../src/store/database.ts';
import { createScheduleWork } from '../../src/store/schedule-runs.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
const CLASSES = 6;

beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase({ connectionString: database.connectionString, poolSize: 8 });
  await db.rows(
    `INSERT INTO domain (id, tenant_id, key, name, path, sending, effective) VALUES (1, 1, 'd', 'D', '{1}', 'on', '{}')`,
  );
  await db.rows(
    `INSERT INTO class (id, tenant_id, domain_id, key, title, sourced_id) SELECT g, 1, 1, 'c' || g, 'C', 'sis-' || g FROM generate_series(1, $1::int) g`,
    [CLASSES],
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(async () => {
  await db.rows(`DELETE FROM schedule`);
  await db.rows(`DELETE FROM sync`);
  await db.rows(`DELETE FROM roster_pull`);
  await db.rows(`UPDATE domain SET sending = 'on', effective = '{}', connection_id = NULL`);
});

/** Workers of processes of their own: nothing is shared but the database. */
const workers = (n: number) => Array.from({ length: n }, () => createScheduleWork(db));
/** Every day at three, due so long ago. */
async function schedule(ago = '1 hour', type = 'gradePassback'): Promise<string> {
  const [row] = await db.rows<{ id: string }>(
    `INSERT INTO schedule (id, tenant_id, domain_id, type, cron, time_zone, posted_by, next_run_at)
     VALUES (gen_random_uuid(), 1, 1, $2, '0 3 * * *', 'UTC', 'Ann', now() - $1::interval) RETURNING id`,
    [ago, type],
  );
  return row!.id;
}
const runs = () =>
  db.rows<{
    id: string;
    status: string;
    started: number;
    left_out: object;
    reason: { code: string } | null;
    roster_pull_id: string | null;
  }>(`SELECT * FROM schedule_run ORDER BY started_at, id`);
/** Every worker goes on with every run until none can. */
async function drive(n: number): Promise<void> {
  await Promise.all(
    workers(n).map(async (worker) => {
      for (let moved = true; moved;) {
        moved = false;
        for (const id of await worker.openRuns()) {
          const { how } = await worker.advance(id);
          moved ||= how === 'started' || how === 'elsewhere';
        }
      }
    }),
  );
}

test('of many workers that look at once, one begins the run; the times that were missed are one', async () => {
  await schedule('40 days');
  const claimed = await Promise.all(workers(6).map((worker) => worker.claimDue()));
  expect(claimed.reduce((sum, n) => sum + n, 0)).toBe(1);
  expect(await runs()).toMatchObject([{ status: 'running', started: 0 }]);
  const [row] = await db.rows<{ ahead: boolean }>(
    `SELECT next_run_at > now() AND next_run_at <= now() + interval '1 day' AS ahead FROM schedule`,
  );
  expect(row?.ahead).toBe(true);
});

test('many workers start every class of a run once', async () => {
  await schedule();
  await workers(1)[0]!.claimDue();
  await drive(4);
  expect(await runs()).toMatchObject([{ status: 'complete', started: CLASSES, left_out: {} }]);
  const syncs = await db.rows(`SELECT class_id FROM sync WHERE trigger = 'schedule' AND started_by = 'Ann'`);
  expect(syncs).toHaveLength(CLASSES);
});

test('a class that we break on is left out, and the others go on', async () => {
  await db.rows(
    `CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.class_id = 3 THEN RAISE 'broken'; END IF; RETURN NEW; END $$`,
  );
  await db.rows(`CREATE TRIGGER broken BEFORE INSERT ON sync FOR EACH ROW EXECUTE FUNCTION broken()`);
  try {
    await schedule();
    const [worker] = workers(1);
    await worker!.claimDue();
    await drive(2);
    expect(await runs()).toMatchObject([
      {
        ...{ status: 'complete', started: CLASSES - 1 },
        left_out: { DEFECT: { n: 1, classIds: ['c3'] } },
      },
    ]);
  } finally {
    await db.rows(`DROP TRIGGER broken ON sync`);
    await db.rows(`DROP FUNCTION broken`);
  }
});

test('what is due while the run before goes on is told as skipped, and once for each time', async () => {
  const id = await schedule();
  const [worker] = workers(1);
  expect(await worker!.claimDue()).toBe(1);
  await db.rows(`UPDATE schedule SET next_run_at = now() WHERE id = $1`, [id]);
  expect(await worker!.claimDue()).toBe(0);
  expect(await worker!.claimDue()).toBe(0);
  expect(await runs()).toMatchObject([
    { status: 'running' },
    { status: 'skipped', reason: { code: 'SCHEDULE_OVERLAP' } },
  ]);
});

test('a run whose domain is paused, or has quiet hours, starts no more classes until that ends', async () => {
  await schedule();
  const [worker] = workers(1);
  await worker!.claimDue();
  const [run] = await runs();
  expect(await worker!.advance(run!.id)).toEqual({ how: 'started' });
  await db.rows(`UPDATE domain SET sending = 'paused'`);
  expect(await worker!.advance(run!.id)).toEqual({ how: 'waits' });
  // all day but one minute that it is not now
  await db.rows(
    `UPDATE domain SET sending = 'on', effective = jsonb_build_object('quietHours', jsonb_build_object(
       'from', to_char(now() AT TIME ZONE 'UTC' - interval '2 hours', 'HH24:MI'), 'to', to_char(now() AT TIME ZONE 'UTC' + interval '2 hours', 'HH24:MI')))`,
  );
  expect(await worker!.advance(run!.id)).toEqual({ how: 'waits' });
  // somebody wants it
  await db.rows(`UPDATE schedule_run SET by_hand = true`);
  expect(await worker!.advance(run!.id)).toEqual({ how: 'started' });
  await db.rows(`UPDATE domain SET effective = '{}'`);
  await drive(1);
  expect(await runs()).toMatchObject([{ status: 'complete', started: CLASSES }]);
});

describe('a roster pull at set times', () => {
  const pulls = () =>
    db.rows<{ id: string; started_by: string; status: string }>(
      `SELECT * FROM roster_pull ORDER BY created_at`,
    );
  beforeAll(() =>
    db.rows(
      `INSERT INTO connection (id, domain_id, base_url, auth) VALUES (1, 1, 'https://sis.example', '{}')`,
    ),
  );
  /** The settings let rosters be read, and from where. */
  const allowed = () =>
    db.rows(`UPDATE domain SET effective = '{"rosterPull":{"create":true}}', connection_id = 1`);
  const begun = async () => {
    await schedule('1 hour', 'rosterPull');
    await workers(1)[0]!.claimDue();
  };

  test('is begun once however many workers there are, and the run names it; it is over when that is done', async () => {
    await allowed();
    await schedule('9 days', 'rosterPull');
    await Promise.all(workers(6).map((worker) => worker.claimDue()));
    await drive(6);
    const [pull, ...others] = await pulls();
    expect([pull, others]).toMatchObject([{ status: 'processing', started_by: 'Ann', dry_run: false }, []]);
    expect(await runs()).toMatchObject([
      { status: 'complete', classes: 0, started: 0, roster_pull_id: pull!.id, reason: null },
    ]);
  });

  test('joins the one that is under way; one that only tries out is waited for', async () => {
    await allowed();
    await db.rows(
      `INSERT INTO roster_pull (id, tenant_id, domain_id, connection_id, started_by, dry_run) VALUES (gen_random_uuid(), 1, 1, 1, 'Bob', true)`,
    );
    await begun();
    const [run] = await runs();
    const [worker] = workers(1);
    expect(await worker!.advance(run!.id)).toEqual({ how: 'full' });
    expect(await pulls()).toMatchObject([{ started_by: 'Bob' }]);
    await db.rows(`UPDATE roster_pull SET dry_run = false`);
    expect(await worker!.advance(run!.id)).toEqual({ how: 'ended' });
    const [pull, ...others] = await pulls();
    expect(others).toEqual([]);
    expect(await runs()).toMatchObject([{ status: 'complete', roster_pull_id: pull!.id }]);
  });

  test.each([
    ['no setting allows it', 'ROSTER_PULL_OFF', `UPDATE domain SET effective = '{"rosterPull":null}'`],
    ['there is no SIS', 'NO_CONNECTION', `UPDATE domain SET connection_id = NULL`],
  ])('where %s, it fails and says why, and the next one is tried', async (_, code, refusing) => {
    await allowed();
    await db.rows(refusing);
    await begun();
    await drive(2);
    expect(await pulls()).toEqual([]);
    expect(await runs()).toMatchObject([{ status: 'failed', roster_pull_id: null, reason: { code } }]);
    await allowed();
    await db.rows(`UPDATE schedule SET next_run_at = now() - interval '1 second'`);
    await workers(1)[0]!.claimDue();
    await drive(1);
    expect(await runs()).toMatchObject([{ status: 'failed' }, { status: 'complete' }]);
  });

  test('waits while its domain is paused', async () => {
    await allowed();
    await begun();
    await db.rows(`UPDATE domain SET sending = 'paused'`);
    const [run] = await runs();
    expect(await workers(1)[0]!.advance(run!.id)).toEqual({ how: 'waits' });
    await db.rows(`UPDATE domain SET sending = 'on'`);
    await drive(1);
    expect(await pulls()).toHaveLength(1);
  });

  test('needs no class to be there', async () => {
    await allowed();
    await db.rows(`INSERT INTO domain (id, tenant_id, key, name, path, sending, effective, connection_id)
      VALUES (2, 1, 'new', 'New', '{1,2}', 'on', '{"rosterPull":{"create":true}}', 1)`);
    await begun();
    await db.rows(`UPDATE schedule SET domain_id = 2`);
    await drive(1);
    expect(await db.rows(`SELECT domain_id FROM roster_pull`)).toEqual([{ domain_id: '2' }]);
    await db.rows(`DELETE FROM domain WHERE id = 2`);
  });
});
