/** How PostgreSQL reads for each hot statement when it plans for any parameters: kept as text, and none may read a large table whole. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import axios from 'axios';
import type { Figure } from './index.ts';
import { end, load, putLineItem, sisDistrict } from '../ground/district.ts';
import { ROOT_KEY } from '../ground/ground.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { startService } from '../../src/service.ts';
import { hotTexts } from '../../src/store/database.ts';
import { planned } from '../../src/store/ingest-batch.ts';
import type { Database } from '../../src/store/database.ts';

const SIZE = { classes: 2, students: 10, lineItems: 2 };
const LARGE = ['result', 'line_item', 'student', 'class', 'sync', 'sync_entry', 'snapshot', 'snapshot_cell'];
const kept = join(import.meta.dirname, '..', 'plans.txt');

export const plans: Figure = async ({ ground }) => {
  const sis = await ground.sis(sisDistrict(SIZE));
  // in this process: it knows then which statements there were
  const service = await startService(
    readConfig({
      PORT: '0',
      DATABASE_URL: await ground.database(),
      SECRET_KEYS: `b:${Buffer.alloc(32, 1).toString('base64')}`,
      BOOTSTRAP_API_KEY: ROOT_KEY,
      SIS_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128',
      RATE_LIMIT_READ: '0',
      RATE_LIMIT_COSTLY: '0',
    }),
    createLog({ level: 'error', stream: new Writable({ write: (_chunk, _encoding, done) => done() }) }),
  );
  const api = axios.create({
    baseURL: `${service.url}/v1`,
    headers: { authorization: `Bearer ${ROOT_KEY}` },
  });
  await load(api, sis, SIZE, { verifyAfterSeconds: 0, autoSync: true, gatherSeconds: 0 });
  await fill(service.db);
  for (const n of [1, 2, 3]) {
    await putLineItem(api, 0, n % SIZE.lineItems);
    for (let s = 0; s < SIZE.students; s++)
      await api.put(`/classes/c0/lineItems/l${n % SIZE.lineItems}/results/s${s}`, { score: n + s });
    await end(api, (await api.post<{ id: string }>('/classes/c0/syncs', { mode: 'all' })).data.id);
  }
  // the read-back, the sweep
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const texts: string[] = [];
  const rows = [];
  for (const text of new Set([...hotTexts(), ...planned])) {
    const plan = await service.db.rows<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${text}`);
    const lines = plan.map((line) => line['QUERY PLAN']);
    const asked = text.replaceAll(/\s+/g, ' ').trim();
    texts.push(`${asked}\n\n${lines.join('\n')}\n`);
    const whole = LARGE.filter((table) => lines.some((line) => line.includes(`Seq Scan on ${table} `)));
    if (whole.length > 0) throw new Error(`reads ${whole.join(', ')} whole: ${asked}\n${lines.join('\n')}`);
    const indexes = lines.flatMap((line) => {
      const [, used, bitmap] = /Scan (?:Backward )?using (\w+)|Bitmap Index Scan on (\w+)/.exec(line) ?? [];
      return used ?? bitmap ?? [];
    });
    rows.push([`\`${asked.slice(0, 70).replaceAll('|', '\\|')}…\``, [...new Set(indexes)].join(', ')]);
  }
  writeFileSync(kept, `${texts.sort().join(`\n${'-'.repeat(120)}\n\n`)}`);
  await service.stop();
  await sis.stop();
  return {
    title: 'Hot statements',
    about: `What each request and each round of a lane asks, planned for any parameters on 200,000 results of 50,000 lineItems in 5,000 classes, and 5,000 syncs with 100,000 entries; the plans are in bench/plans.txt. None reads ${LARGE.join(', ')} whole, or this fails.`,
    columns: ['statement', 'reads by'],
    rows: rows.sort(),
  };
};

/** A district of rest around the two classes that work. */
async function fill(db: Database): Promise<void> {
  await db.rows(
    `INSERT INTO class (tenant_id, domain_id, key, title)
     SELECT tenant_id, domain_id, 'x' || g, 'X' FROM class, generate_series(1, 5000) g WHERE key = 'c1'`,
  );
  await db.rows(
    `INSERT INTO student (class_id, key, sourced_id)
     SELECT c.id, 'x' || g, 'x' || g FROM class c, generate_series(1, 4) g WHERE c.key LIKE 'x%'`,
  );
  await db.rows(
    `INSERT INTO line_item (class_id, domain_id, key, title, category_key, clean_n, release_n, acked_version, due_date, result_value_max)
     SELECT c.id, c.domain_id, 'x' || g, 'X', 'hw', 1, 1, 1, now(), 10 FROM class c, generate_series(1, 10) g WHERE c.key LIKE 'x%'`,
  );
  await db.rows(
    `INSERT INTO result (line_item_id, student_id, domain_id, score, clean_n, release_n, acked_version)
     SELECT l.id, s.id, l.domain_id, 5, 1, 1, 1 FROM line_item l JOIN student s ON s.class_id = l.class_id WHERE l.key LIKE 'x%'`,
  );
  await db.rows(
    `WITH y AS (INSERT INTO sync (id, tenant_id, domain_id, class_id, trigger, started_by, status, finished_at)
       SELECT gen_random_uuid(), tenant_id, domain_id, id, 'api', 'x', 'complete', now() FROM class WHERE key LIKE 'x%' RETURNING id, class_id),
     s AS (INSERT INTO snapshot (id, class_id) SELECT id, class_id FROM y RETURNING id)
     INSERT INTO sync_entry (sync_id, kind, line_item_key, student_key, action, version)
     SELECT y.id, 'result', 'x1', 'x' || g, 'updated', 1 FROM y, generate_series(1, 20) g`,
  );
  await db.rows(
    `INSERT INTO snapshot_cell (snapshot_id, line_item_key, student_key, version)
     SELECT s.id, 'x1', 'x' || g, 1 FROM snapshot s, generate_series(1, 20) g`,
  );
  await db.rows('ANALYZE');
}
