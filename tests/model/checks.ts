/** What must hold after every act, and when everything has come to rest. */
import { resultSourcedId, lineItemSourcedId } from '../../src/gradebook/source-ids.ts';
import { facts, type Held } from './hand-sis.ts';
import { students } from './lms.ts';
import { mine, type RealWorld } from './real-world.ts';

interface Row {
  cell: string;
  sourced_id: string | null;
  version: number;
  dirty_n: number;
  clean_n: number;
  release_n: number;
  acked_version: number;
  acked: Record<string, unknown> | null;
  verified_version: number;
  sending_epoch: string | null;
  found: { how: string } | null;
  parked_n: number | null;
  last_reason: { code: string } | null;
  repairs: number;
  /** what was written last has not been read yet: what has is read again a day later */
  verify: boolean;
}

export async function rowsOf(world: RealWorld): Promise<Row[]> {
  const columns = (t: string) =>
    `${t}.sourced_id, ${t}.version, ${t}.dirty_n, ${t}.clean_n, ${t}.release_n, ${t}.acked_version, ${t}.acked, ${t}.verified_version,
     ${t}.sending_epoch, ${t}.found, ${t}.parked_n, ${t}.last_reason, ${t}.repairs`;
  return world.db.rows<Row>(
    `SELECT l.key || ' ' AS cell, ${columns('l')}, l.verify_at <= now() + interval '1 hour' AS verify FROM line_item l WHERE l.domain_id IN (${mine})
     UNION ALL SELECT l.key || ' ' || s.key, ${columns('r')}, false FROM result r JOIN line_item l ON l.id = r.line_item_id
       JOIN student s ON s.id = r.student_id WHERE r.domain_id IN (${mine})`,
    [world.tenantId],
  );
}

/** The counters' own rules are constraints of the database. */
export async function checkAlways(world: RealWorld): Promise<void> {
  const idle = world.workers.find((worker) => worker.isRunning && !worker.isStopped);
  if (idle && world.sis.waiting.length === 0) throw new Error(`worker ${idle.name} waits for nothing`);
  const sis = world.held;
  for (const row of await rowsOf(world)) {
    if (row.dirty_n > row.clean_n || row.acked_version === 0) continue;
    const tell = (what: string) => new Error(`${row.cell}: ${what}: ${JSON.stringify(row)}`);
    if (row.acked_version !== row.version) throw tell('an older version has settled a newer one');
    const { title, scoreStatus, score } = row.acked ?? {};
    const ackedFacts = row.cell.endsWith(' ') ? String(title) : `${String(scoreStatus)} ${Number(score)}`;
    if (!world.sis.swallows && !sis.ever.get(row.sourced_id ?? '')?.has(ackedFacts))
      throw tell('acknowledged, but the SIS never had it');
  }
}

/** The SIS holds what the LMS said last, once. */
async function checkEqual(world: RealWorld): Promise<void> {
  const sis = world.held;
  const rows = await rowsOf(world);
  const differences = [...compared(world, sis, rows)];
  if (differences.length > 0)
    throw new Error(`${differences.join('\n')}\n${rows.map((row) => JSON.stringify(row)).join('\n')}`);
}

/** Every sync has ended, and tells of all that it took in. */
async function checkSyncs(world: RealWorld): Promise<void> {
  for (const [id, pressed] of world.presses.syncs) {
    const sync = await world.store.syncs.get(world.scope, id);
    if (sync.status === 'processing') throw new Error(`a sync never ends: ${JSON.stringify(sync)}`);
    if (pressed.excused) continue;
    const { items } = await world.store.syncs.entries(world.scope, id, {}, { cursor: null, limit: 200 });
    const { unchanged, ...told } = sync.counts;
    const counted = Object.values(told).reduce((sum, n) => sum + n, 0);
    if (counted !== items.length)
      throw new Error(`${counted} counted, ${items.length} entries: ${JSON.stringify(sync)}`);
    const cells = new Set(items.map((entry) => `${entry.lineItemId} ${entry.studentId ?? ''}`));
    const untold = [...pressed.cells].filter((cell) => !cells.has(cell));
    if (untold.length > unchanged)
      throw new Error(`nothing is told of ${untold.join(', ')}: ${JSON.stringify(sync)}`);
  }
}

function* compared(world: RealWorld, sis: Held, rows: Row[]): Generator<string> {
  const { titles, scores, inactive } = world.lms;
  const told = new Set(rows.filter((row) => isOfAnother(world, row)).map((row) => row.cell));
  for (const [key, title] of titles) {
    if (told.has(`${key} `)) continue;
    const id = lineItemSourcedId(world.tenantKey, world.cls, key, 'sis-class');
    const item = sis.lineItems.get(id);
    if (item?.title !== title) yield `lineItem ${key} should be ${title}, is ${item?.title ?? 'missing'}`;
    for (const [cell, score] of scores) {
      const [of, student] = cell.split(' ');
      if (told.has(cell) || of !== key || inactive.has(student as 's1')) continue;
      const held = sis.results.get(resultSourcedId(id, `sis-${student}`));
      const should = `fully graded ${score}`;
      if (!held || facts(held) !== should)
        yield `${cell} should be ${should}, is ${held ? facts(held) : 'missing'}`;
    }
  }
  const ids = [...sis.results.values()].map((r) => `${r.lineItem.sourcedId} ${r.student.sourcedId}`);
  if (new Set(ids).size < ids.length)
    yield `some student has two results for one lineItem: ${ids.join(', ')}`;
}

/**
 * What was sent before the settings named another SIS nobody here remembers when they are taken back: somebody is told that
 * the student has a score already, or that the title of what was deleted meanwhile is taken.
 */
function isOfAnother({ hasMoved, removed }: RealWorld, { last_reason }: Row): boolean {
  if (!hasMoved) return false;
  return last_reason?.code === 'SCORE_ALREADY_IN_SIS' || (removed && last_reason?.code === 'TITLE_DUPLICATE');
}

/**
 * What comes after a program: everything is answered, everybody runs, somebody presses, time passes. Without a reading
 * the SIS is equal already, unless what happened is such that only a reading tells; with one it is in any case.
 */
export async function heal(world: RealWorld, lateOnes: 'applied' | 'lost'): Promise<void> {
  const { sis } = world;
  for (const worker of world.workers) worker.wake(true);
  await world.exclude(false);
  for (const student of students) await world.lms.student(student, true);
  await world.quiet();
  await world.answerAll('stored');
  while (lateOnes === 'applied' && sis.adrift.length > 0) world.applyLate(0);
  sis.adrift = [];
  if (!world.needsReading) {
    await rest(world, false);
    await checkAlways(world);
    await checkEqual(world);
  }
  await rest(world, true);
  await checkAlways(world);
  await checkEqual(world);
  await checkSyncs(world);
}

async function rest(world: RealWorld, readings: boolean): Promise<void> {
  for (let round = 0; round < 40; round++) {
    await world.answerAll('stored');
    for (const worker of world.workers) await worker.renew();
    await world.quiet();
    if (round > 0 && (await atRest(world, readings))) return;
    // a press sends what was never released, and tries again what was refused
    if (round % 3 === 0) await world.presses.press('changes');
    await world.timePasses(readings);
    await world.leaseRunsOut();
    await world.sweep();
    await world.workers[round % 2 === 0 ? 0 : 1].start();
    await world.quiet();
  }
  throw new Error(
    `it never comes to rest:\n${(await rowsOf(world)).map((row) => JSON.stringify(row)).join('\n')}`,
  );
}

/** Nothing is due or would be sent, nothing is to be read, nobody is at work. */
async function atRest(world: RealWorld, readings: boolean): Promise<boolean> {
  if (world.workers.some((worker) => worker.isRunning)) return false;
  const rows = await rowsOf(world);
  if (rows.some((row) => row.release_n > row.clean_n || (readings && row.verify))) return false;
  const { counts } = await world.store.gradebook.plan(world.scope, world.cls, {
    mode: 'changes',
    readSis: false,
  });
  return counts.create + counts.update === 0;
}
