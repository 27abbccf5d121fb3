/** Every face of the button, from what it knows: no browser is needed to decide it. */
import type { Standing, Sync } from '../../src/pages/answers.ts';
import { faceOf, isMoving, type Known } from '../../src/pages/embed/face.ts';
import { speak } from '../../src/pages/language.ts';

const noCounts = { created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 };
const sync = (more: Partial<Sync> = {}): Sync => ({
  ...{ classId: 'c', classTitle: 'Algebra', mode: 'changes', planned: null },
  ...{ id: 'y', trigger: 'manual', startedBy: 'Ann', dryRun: false, status: 'processing', counts: noCounts },
  ...{ byKind: { lineItems: noCounts, results: noCounts }, sisRead: null, pending: 3, waitingFor: null },
  ...{ startedAt: '2026-03-02T16:00:00Z', finishedAt: null },
  ...(more as object),
});
const reason = (code: string) => ({ code, message: 'm', fix: 'f', fixBy: 'admin' as const });
const standing = (more: Partial<Standing> = {}): Standing => ({
  ...{ reason: null, lineItems: {}, results: {}, changes: 0, attention: 0 },
  ...{ sync: null, lastSync: null, lastSentAt: null },
  ...more,
});
const still = { running: false, reading: false, lost: false, progress: { done: 0, total: 1 }, sync: null };
const going = { ...still, running: true, progress: { done: 6, total: 14 }, sync: sync() };
const waitingFor = { code: 'CONN_REFUSED', message: 'm', since: null, nextAttemptAt: null };
const face = (known: Partial<Known>) =>
  faceOf({ pressing: false, standing: standing(), run: still, result: null, trouble: null, ...known });

const label = 'Sync grades to SIS';
test.each<[string, Partial<Known>, object]>([
  ['before it knows', { standing: null }, { name: 'loading', below: 'Loading…', disabled: true }],
  ['nothing was ever sent', {}, { name: 'ready', label, below: 'Not synced yet', disabled: false }],
  ['one change', { standing: standing({ changes: 1 }) }, { name: 'ready', badge: '1 change' }],
  ['more', { standing: standing({ changes: 1400 }) }, { badge: '1,400 changes' }],
  [
    'the SIS said that it has it',
    { standing: standing({ results: { acknowledged: 1, verified: 8 } }) },
    { below: 'Stored by the SIS' },
  ],
  [
    'all of it was seen there',
    { standing: standing({ results: { verified: 9 }, lastSentAt: '2025-11-03T16:42:00Z' }) },
    { below: expect.stringMatching(/^Confirmed in the SIS · Last synced Nov 3/) },
  ],
  [
    'on the way by itself',
    { standing: standing({ results: { queued: 2, verified: 1 }, lineItems: { retrying: 1 } }) },
    { below: '3 changes on the way' },
  ],
  ['pressed', { pressing: true, trouble: 'UNREACHABLE' }, { name: 'syncing', label: 'Starting…' }],
  ['reading', { run: { ...going, reading: true } }, { name: 'syncing', label: 'Looking at the SIS…' }],
  [
    'sending',
    { run: going },
    { label: 'Syncing 6 of 14', below: expect.stringContaining('You can leave'), disabled: false },
  ],
  [
    'the SIS is down',
    { run: { ...going, sync: sync({ waitingFor }) } },
    { below: 'The sync waits; it goes on by itself. You need not press again.' },
  ],
  [
    'sending is paused meanwhile',
    { run: { ...going, sync: sync({ waitingFor: { ...waitingFor, code: 'DOMAIN_PAUSED' } }) } },
    { name: 'syncing', below: 'Sending is paused for the moment; your grades are kept.' },
  ],
  [
    'we are out of reach meanwhile',
    { run: { ...going, lost: true } },
    { below: expect.stringContaining('the sync goes on') },
  ],
  [
    'done',
    { result: sync({ status: 'complete', counts: { ...noCounts, created: 12, updated: 2 } }) },
    { name: 'done', below: '14 changes sent' },
  ],
  [
    'done, and nothing was to be sent',
    { result: sync({ status: 'complete' }) },
    { name: 'done', below: 'Nothing new to send' },
  ],
  ['stopped', { result: sync({ status: 'cancelled' }) }, { name: 'ready', below: 'The sync was cancelled.' }],
  [
    'stopped in the middle',
    { result: sync({ status: 'cancelled', counts: { ...noCounts, updated: 2 } }) },
    { name: 'ready', below: '2 changes sent, then the sync was cancelled.' },
  ],
  [
    'all of it refused, and tried again by itself',
    { result: sync({ status: 'failed', counts: { ...noCounts, failed: 2 } }) },
    { name: 'ready', below: '2 could not be sent' },
  ],
  [
    'some of it refused',
    {
      standing: standing({ changes: 1 }),
      result: sync({ status: 'completeWithProblems', counts: { ...noCounts, updated: 1, conflicts: 1 } }),
    },
    { name: 'ready', below: '1 change sent, 1 could not be sent' },
  ],
  [
    'done, but not all',
    {
      standing: standing({ attention: 2 }),
      result: sync({ status: 'completeWithProblems', counts: { ...noCounts, created: 12, failed: 2 } }),
    },
    { name: 'problems', more: '2 need attention', below: '12 changes sent, 2 could not be sent' },
  ],
  [
    'one problem',
    { standing: standing({ attention: 1, changes: 3 }) },
    { name: 'problems', more: '1 needs attention', badge: '3 changes', disabled: false },
  ],
  [
    'it wants to be confirmed',
    { standing: standing({ sync: sync({ status: 'awaitingConfirmation' }) }) },
    { more: expect.stringContaining('look and confirm') },
  ],
  [
    'off',
    { standing: standing({ reason: reason('PASSBACK_OFF'), changes: 3, attention: 2 }) },
    { name: 'off', below: 'Your district has not switched on grade sync.', disabled: true },
  ],
  [
    'excluded',
    { standing: standing({ reason: reason('DOMAIN_EXCLUDED') }) },
    { name: 'off', disabled: true },
  ],
  ['no SIS', { standing: standing({ reason: reason('NO_CONNECTION') }) }, { name: 'off', disabled: true }],
  [
    'paused',
    { standing: standing({ reason: reason('DOMAIN_PAUSED'), changes: 3 }) },
    { name: 'ready', badge: '3 changes', below: expect.stringContaining('paused'), disabled: false },
  ],
  [
    'not linked',
    { standing: standing({ reason: reason('MAP_CLASS'), attention: 5 }) },
    { name: 'notLinked', below: 'This class did not come from the SIS.', disabled: true },
  ],
  [
    'not known, be it the class, the assignment or the student',
    { trouble: 'NOT_FOUND' },
    { name: 'notLinked', below: 'Grade sync does not know this yet.', disabled: false },
  ],
  [
    'out of reach',
    { trouble: 'UNREACHABLE' },
    { name: 'offline', below: 'Grade sync is not reachable – your grades are safe.', disabled: false },
  ],
  ['a page of somebody else’s', { trouble: 'ORIGIN_NOT_ALLOWED' }, { name: 'refused', disabled: true }],
  ['signed out', { trouble: 'NO_TOKEN' }, { name: 'refused', below: expect.stringContaining('signed out') }],
  [
    'anything else',
    { trouble: 'INTERNAL' },
    { name: 'refused', below: expect.stringContaining('(INTERNAL). Your grades are safe') },
  ],
])('%s', (_what, known, shown) => {
  expect(face(known)).toMatchObject(shown);
  // what a press cannot mend is not counted beside it
  if (face(known).disabled) expect(face(known)).not.toHaveProperty('more');
});

test('a time of today is a time, and one of another day has its day, as the reader writes both', () => {
  const at = (iso: string) => face({ standing: standing({ lastSync: sync({ finishedAt: iso }) }) }).below;
  // of a part of the class there is no sync, but it was sent once
  const part = face({ standing: standing({ lastSentAt: '2025-11-03T16:42:00Z' }) }).below;
  expect(part).toBe(at('2025-11-03T16:42:00Z'));
  expect(at('2025-11-03T16:42:00Z')).toMatch(/^Last synced Nov \d, \d?\d:42 (AM|PM)$/);
  expect(at(new Date().toISOString())).toMatch(/^Last synced today \d?\d:\d\d (AM|PM)$/);
  // one that has failed has synced nothing
  const failed = sync({ status: 'failed', finishedAt: '2025-11-05T16:42:00Z' });
  const after = (lastSentAt: string | null) => face({ standing: standing({ lastSync: failed, lastSentAt }) });
  expect(after(null).below).toBe('Not synced yet');
  expect(after('2025-11-03T16:42:00Z').below).toBe(part);
  speak('es', ['es-MX']);
  expect(at('2025-11-03T16:42:00Z')).toMatch(/^Última sincronización: \d nov, \d?\d:42/);
  speak('en', ['en-US']);
});

test('what moves by itself, or waits for somebody else, is looked at again; what rests is not', () => {
  const moves = (more: Partial<Standing>) => isMoving(standing(more));
  expect([moves({ results: { queued: 1 } }), moves({ lineItems: { retrying: 1 } })]).toEqual([true, true]);
  expect(moves({ sync: sync({ status: 'awaitingConfirmation' }) })).toBe(true);
  expect(moves({ changes: 3, attention: 1, results: { unsent: 3, verified: 9, conflict: 1 } })).toBe(false);
});
