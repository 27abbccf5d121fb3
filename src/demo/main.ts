/**
 * `npm run demo`: the whole product on one machine, with a demo SIS and a demo district, ready to be tried.
 * `npm run demo -- --once` ends after the sync: exit code 0 if the SIS ended equal to the LMS, else 1.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { riverbend, sisSeed, type DemoDistrict } from './district.ts';
import type { Keys } from './load.ts';
import { clear, takePlace } from './place.ts';
import { startService, startSis, type Running, type RunningService, type RunningSis } from './processes.ts';
import { tellStory } from './story.ts';

const { once } = parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
const tell = (line = '') => console.log(line);
const place = await takePlace(join(import.meta.dirname, '../../.demo'));
const children: Running[] = [];
let stopping: Promise<void> | undefined;

/** Ends the children and takes the data away: the next run begins anew. */
function stop(keepLogs: boolean): Promise<void> {
  return (stopping ??= (async () => {
    // The service first, so that it does not meet an SIS that is gone.
    for (const child of children.toReversed()) await child.stop();
    if (!keepLogs) await clear(place);
  })());
}

const interrupted = new Promise<'interrupted'>((answer) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => answer('interrupted'));
});

try {
  const done = await Promise.race([run(), interrupted]);
  if (done === 'interrupted') tell('\nStopping …');
  await stop(done === 'different');
  if (done === 'different') tell(`The logs are in ${place}`);
  process.exitCode = done === 'different' ? 1 : 0;
} catch (error) {
  await stop(true);
  console.error(error instanceof Error ? error.message : error);
  console.error(`The logs are in ${place}`);
  process.exitCode = 1;
}
// What was under way when somebody pressed Ctrl-C is not waited for.
process.exit();

async function run(): Promise<'equal' | 'different' | 'interrupted'> {
  const started = performance.now();
  const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'America/Chicago' });
  const district = riverbend(today);
  const seedFile = join(place, 'sis-seed.json');
  await writeFile(seedFile, JSON.stringify(sisSeed(district)));
  const rootKey = `demo_root_${randomBytes(24).toString('base64url')}`;
  const [sis, service] = await Promise.all([
    startSis(place, seedFile, randomBytes(18).toString('base64url')).then(kept),
    startService(place, rootKey).then(kept),
  ]);
  tell(`Started the service and a demo SIS in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  const { keys, equal } = await tellStory(district, service.url, rootKey, sis, tell);
  if (once || !equal) return equal ? 'equal' : 'different';
  await tellWhereToLook(district, keys, service, sis);
  await Promise.race([sis.ended, service.ended]);
  if (!stopping) throw new Error('One of the demo’s processes ended by itself.');
  return 'interrupted';
}

function kept<T extends Running>(child: T): T {
  children.push(child);
  return child;
}

async function tellWhereToLook(
  district: DemoDistrict,
  { root, admin, lms }: Keys,
  service: RunningService,
  sis: RunningSis,
): Promise<void> {
  const first = district.classes[0];
  const excluded = district.classes.find((c) => c.excluded);
  if (!first || !excluded) throw new Error('The district has no class.');
  const link = async (body: Record<string, unknown>, by = lms) =>
    (await by.post<{ pageUrl: string }>('tokens', { subject: 'demo', ...body })).pageUrl;
  const teacher = (c: typeof first) =>
    link({ displayName: c.teacher, role: 'teacher', domainId: c.domainId, classIds: [c.classId] });
  const api = `${service.url}/v1`;
  const cell = `${api}/classes/${first.classId}/lineItems/quiz-1/results/${first.students[2]?.studentId ?? ''}`;
  const newLink = JSON.stringify({
    ...{ subject: 'demo', displayName: first.teacher, role: 'teacher' },
    ...{ domainId: first.domainId, classIds: [first.classId] },
  });
  const json = `-H 'content-type: application/json'`;

  tell(`
Pages (each link opens once)
  Teacher      ${await teacher(first)}
  … excluded   ${await teacher(excluded)}
  Admin        ${await link({ displayName: 'Dana Admin', role: 'admin', domainId: district.domainId }, admin)}
  Demo SIS     ${sis.url}/   what the SIS holds

Service        ${service.url}
  root key     ${root.key}
  admin key    ${admin.key}
  lms key      ${lms.key}

Try it
  # change a score: it is in the SIS a second later
  curl -s -X PUT '${cell}' \\
    -H 'authorization: Bearer ${lms.key}' ${json} -d '{"score": 18.5}'
  # where does it stand?
  curl -s '${cell}' -H 'authorization: Bearer ${lms.key}'
  # what would a sync do? and do it
  curl -s '${api}/classes/${first.classId}/plan' -H 'authorization: Bearer ${lms.key}'
  curl -s -X POST '${api}/classes/${first.classId}/syncs' -H 'authorization: Bearer ${lms.key}'
  # is the connection well?
  curl -s '${api}/domains/${district.domainId}/connection' -H 'authorization: Bearer ${admin.key}'
  # another link to the teacher's page
  curl -s -X POST '${api}/tokens' -H 'authorization: Bearer ${lms.key}' ${json} \\
    -d '${newLink}'

Ctrl-C stops the demo and removes its data.`);
}
