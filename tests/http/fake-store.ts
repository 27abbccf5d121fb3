/**
 * Stands where the store stands, for tests of the edge alone: it knows a few credentials, answers fixed views, and
 * keeps what it was asked. What a real store does with it is tested against the real one.
 */
import { createHash } from 'node:crypto';
import { untested } from '../../src/gradebook/capabilities.ts';
import type { Principal } from '../../src/passback/ports/callers.ts';
import type { Store } from '../../src/passback/ports/store.ts';

export interface Call {
  name: string;
  args: unknown[];
}
export interface FakeStore {
  store: Store;
  calls: Call[];
  /** what a method answers instead; a function is called with the arguments */
  answers: Record<string, unknown>;
  credentials: Map<string, Principal>;
  /** calls that are not about who is asking, nor about what is kept of it */
  asked: () => Call[];
}

const at = '2026-03-02T10:00:00.000Z';
export const domainView = { domainId: 'd', name: 'District', parentId: null, timeZone: 'America/Chicago' };
export const connectionView = {
  ownedBy: 'd',
  baseUrl: 'https://sis.example/ims/oneroster/gradebook/v1p2',
  sisName: null,
  state: 'working',
  cause: null,
  since: at,
  lastSuccessAt: at,
  nextProbeAt: null,
  pausedBy: null,
  pausedAt: null,
  pausedIn: null,
  inFlight: 0,
  waiting: { rows: 0, oldestSeconds: null },
  capabilities: untested,
};
const classView = {
  ...{
    classId: 'c',
    domainId: 'd',
    title: 'Algebra',
    sourcedId: null,
    customId: null,
    schoolSourcedId: null,
  },
  ...{
    classCode: null,
    fromSis: [],
    published: true,
    timeZone: null,
    gradingPeriods: [],
    categories: [],
    noticeEmails: [],
  },
};
const studentView = {
  ...{ studentId: 's', sourcedId: 'sis-s', customId: null, givenName: null, familyName: null, active: true },
  ...{ identifier: null, email: null, fromSis: [] },
};
const finding = {
  ...{ code: 'TITLE_TOO_LONG', severity: 'warns', message: 'm', fix: 'f', fixBy: 'teacher' },
  automatic: { field: 'title', gives: 'Qu…', setting: 'titleTooLong', value: 'shorten', applied: true },
  seenIn: { where: 'sis', of: 'lineItem', field: 'title' },
};
const lineItemView = {
  ...{ lineItemId: 'l', title: 'Quiz', description: null, categoryId: null, assignDate: at, dueDate: null },
  ...{ resultValueMin: 0, resultValueMax: 10, published: true, syncToSis: true, assignedTo: 'everyone' },
  ...{
    dueDateVaries: false,
    gradingPeriodSourcedId: null,
    overrides: {},
    state: 'unsent',
    reason: null,
    sourcedId: null,
  },
  asSent: { title: 'Quiz', dueDate: null, categorySourcedId: null, categoryTitle: null },
  ...{ lastSentAt: null, nextAttemptAt: null, cells: { unsent: 3 }, findings: [finding] },
};
const cellView = {
  lineItemId: 'l',
  studentId: 's',
  desired: {
    ...{ score: 7.5, status: 'graded', late: false, posted: true, comment: null, scoreDate: null },
    ...{ version: 1, revision: null },
  },
  acknowledged: null,
  state: 'needsAttention',
  reason: { code: 'STUDENT_UNKNOWN', message: 'm', fix: 'f', fixBy: 'admin' },
  nextAttemptAt: null,
  lastSentAt: null,
};
const counts = {
  ...{ created: 0, updated: 0, deleted: 0, unchanged: 0, skipped: 0, failed: 0, conflicts: 0 },
};
const planned = { create: 0, update: 0, unchanged: 0, skip: 0, blocked: 0, conflict: 0, delete: 0 };
export const syncView = {
  ...{
    id: 'y',
    classId: 'c',
    classTitle: 'Algebra',
    domainId: 'd',
    trigger: 'api',
    startedBy: 'LMS',
    status: 'processing',
  },
  ...{ mode: 'changes', dryRun: false, counts, byKind: { lineItems: counts, results: counts }, pending: 2 },
  ...{ planned: null, sisRead: null, inFlight: 0, waitingFor: null, startedAt: at, finishedAt: null },
};
const entryLine = {
  ...{ kind: 'result', lineItemId: 'l', title: 'Quiz', studentId: 's', action: 'created', reason: null },
  ...{ version: 1, at },
};
const pullView = {
  ...{ id: 'r', domainId: 'd', startedBy: 'LMS', status: 'processing', mode: 'full', dryRun: false },
  counts: {
    read: { academicSessions: 3, classes: 5, enrollments: 60, users: 40, pages: 8 },
    classes: { linked: 5, filled: 1, created: 0, unmatched: 0 },
    students: { linked: 40, filled: 2, created: 0, deactivated: 0, unmatched: 1 },
  },
  ...{
    phase: 'matching',
    partialLists: [],
    reason: null,
    nextAttemptAt: null,
    startedAt: at,
    finishedAt: null,
  },
};
const snapshotView = {
  ...{ id: 'y', syncId: 'y', classId: 'c', trigger: 'manual', startedBy: 'Ann', at, cells: 1 },
};
const snapshotCell = {
  ...{ kind: 'result', lineItemId: 'l', studentId: 's', held: { score: 7 }, version: 2 },
};
const deletionView = {
  ...{ id: '1', kind: 'lineItem', lineItemId: 'l', studentId: null, title: 'Quiz', sourcedId: 'x' },
  ...{ state: 'toDoByHand', results: 3, waitsForSync: false, nextAttemptAt: null, reason: null },
  ...{ createdAt: at, doneAt: null, doneBy: null },
};
export const webhookView = {
  ...{ webhookId: 'w', domainId: 'd', url: 'https://lms.example/hook', events: null, description: null },
  ...{ enabled: true, disabledBecause: null, failingSince: null, oldSecretUntil: null, createdAt: at },
};
const deliveryView = {
  ...{ deliveryId: 'v', eventId: 'e', type: 'sync.finished', state: 'pending', nextAttemptAt: at },
  ...{ attempts: [{ at, status: 503, error: null, ms: 12 }], createdAt: at, doneAt: null },
};
const platformView = {
  ...{
    id: 'p',
    domainId: 'd',
    name: 'LMS',
    issuer: 'https://lms.example',
    clientId: '1',
    deploymentIds: ['d1'],
  },
  ...{ authorizationUrl: 'https://lms.example/auth', jwksUrl: 'https://lms.example/jwks' },
  ...{ classParam: 'class_id', roleMap: {}, createdAt: at },
};
const signInView = {
  ...{ issuer: 'https://id.example', clientId: 'passback', clientSecretSet: true, scopes: ['openid'] },
  ...{ roleClaim: 'groups', admins: ['passback-admins'], domainClaim: null, domainMap: {}, tenantId: 'd' },
};
const scheduleRun = {
  ...{ id: 'w', status: 'complete', trigger: 'schedule', startedBy: 'Ann', dueAt: at, startedAt: at },
  ...{ finishedAt: at, reason: null, classes: { all: 1, started: 1, leftOut: 0 } },
  ...{ leftOut: [], rosterPullId: null },
  syncs: { processing: 0, complete: 1, completeWithProblems: 0, failed: 0, cancelled: 0 },
};
const scheduleView = {
  ...{ id: 'h', domainId: 'd', type: 'gradePassback', cron: '0 18 * * *', every: null, classIds: null },
  ...{ interval: 'At 06:00 PM', timeZone: 'UTC', postedBy: 'Ann', createdAt: at, pausedAt: null },
  ...{ pausedBy: null, firstRunAt: at, nextRunAt: at, nextRuns: [at], waitingFor: null },
  ...{ lastRun: scheduleRun, lastSync: { id: 'y', status: 'complete', startedAt: at, finishedAt: at } },
};
const list = (item: unknown) => ({ items: [item], nextCursor: null });
const put = (value: unknown) => ({ created: true, value });
const problemCause = { reason: cellView.reason, retry: 'manual', rows: 3, classes: 1, since: at };
const mapping = { default: null, map: { hw: 'cat-1' } };
const settingsView = {
  settings: { baseUrl: 'https://sis.example', auth: { method: 'accessToken', accessTokenSet: true } },
  revision: 7,
};

const fixed: Record<string, unknown> = {
  'access.createKey': { id: 'k2', key: 'orp_new' },
  'access.listKeys': list({
    ...{ id: 'k', role: 'lms', name: 'LMS', domainId: 'd', createdAt: at, lastUsedAt: null },
  }),
  'access.deleteKey': undefined,
  'access.createToken': { token: 'ort_new', expiresAt: at, linkCode: 'one/time' },
  'access.openLink': (code: string) =>
    code === 'one/time'
      ? {
          token: 't',
          expiresAt: at,
          role: 'teacher',
          domainId: 'd',
          classIds: ['c'],
          displayName: 'Ann',
          sisName: null,
          principal: principal('teacher', 'token'),
        }
      : null,
  'ownTokens.about': {
    ...{ expiresAt: at, subject: 'u1', role: 'teacher', domainId: 'd', classIds: ['c'] },
    ...{ displayName: 'Ann', sisName: null },
  },
  'ownTokens.newLink': { linkCode: 'one/time', expiresAt: at },
  'embedding.origins': [],
  'embedding.originsOf': [],
  'access.tenantByKey': (key: string) => (key === 'd' ? 'tenant-1' : null),
  'access.tenantsHolding': (_what: string, key: string) =>
    key === 'nowhere' || key === 'new' ? [] : key === 'both' ? ['tenant-1', 'tenant-2'] : ['tenant-1'],
  'domains.list': list({ ...domainView, classes: 2 }),
  'domains.get': domainView,
  'domains.put': put(domainView),
  'domains.remove': undefined,
  'domains.mapping': mapping,
  'domains.putMapping': mapping,
  'domains.pause': undefined,
  'domains.resume': undefined,
  'domains.connection': connectionView,
  'domains.overview': {
    classes: { all: 2, linked: 1 },
    syncs: { processing: 0, awaitingConfirmation: 0 },
    lastDay: { syncs: 3, sent: 40, failed: 1, conflicts: 0 },
    schedules: { all: 1, paused: 0, nextRunAt: at },
    problems: [problemCause],
    below: [{ domainId: 'd2', name: 'School', state: 'broken' }],
  },
  'problems.list': [problemCause],
  'problems.classes': list({ classId: 'c', title: 'Algebra', domainId: 'd', rows: 3, since: at }),
  'problems.retry': {
    ...{ classes: 1, rows: 3, held: 1, leftOut: [{ reason: cellView.reason, classes: 1 }] },
    nextCursor: null,
  },
  'settings.get': settingsView,
  'settings.put': settingsView,
  'settings.test': {
    ok: false,
    steps: [{ name: 'address', status: 'failed', detail: 'No such host.', code: 'CONN_DNS' }],
    capabilities: untested,
    suggestedBaseUrl: null,
    leftBehind: [],
  },
  'classes.list': list(classView),
  'classes.get': classView,
  'classes.put': put(classView),
  'classes.remove': undefined,
  'classes.mapping': mapping,
  'classes.putMapping': mapping,
  'classes.syncSettings': { autoSync: 'inherit', conflictPolicy: 'inherit' },
  'classes.putSyncSettings': { autoSync: 'on', conflictPolicy: 'ask' },
  'classes.sending': {
    ...{ sending: 'on', linked: true, timeZone: 'America/Chicago' },
    automatic: { on: true, byDomain: true, gatherSeconds: 10, firstWaits: false },
    ...{ nextScheduledAt: at, conflictPolicy: 'ask', titleLimit: 50 },
  },
  'classes.readBack': { lineItems: 3 },
  'classes.sisCategories': {
    items: [{ sourcedId: 'cat-1', title: 'Homework', formerly: null }],
    readAt: at,
    suggestions: [
      {
        ...{ categoryId: 'hw', title: 'homework', sourcedId: 'cat-1', how: 'sameName', reason: null },
        similar: [{ sourcedId: 'cat-2', title: 'Home works' }],
      },
    ],
  },
  'classes.readCategories': undefined,
  'classes.copyMapping': [
    {
      ...{ classId: 'c2', copied: [{ categoryId: 'hw', sourcedId: 'cat-1' }], defaultCopied: false },
      leftOut: [{ categoryId: 'tests', title: 'Tests', why: 'notInSisClass' }],
    },
  ],
  'classes.students': list(studentView),
  'classes.student': studentView,
  'classes.putStudent': put(studentView),
  'classes.removeStudent': undefined,
  'classes.putRoster': { active: 1, created: 1, updated: 0, deactivated: 0 },
  'standings.of': {
    ...{ reason: null, lineItems: { unsent: 1 }, results: { unsent: 3 }, changes: 4, attention: 0 },
    ...{ sync: syncView, lastSync: null, lastSentAt: at },
  },
  'gradebook.lineItems': list(lineItemView),
  'gradebook.lineItem': lineItemView,
  'gradebook.putLineItem': put(lineItemView),
  'gradebook.removeLineItem': undefined,
  'gradebook.overrides': {},
  'gradebook.putOverrides': { syncToSis: false },
  'links.look': undefined,
  'links.sisLineItems': { readAt: at, items: [{ sourcedId: 'x', title: 'Quiz', sameTitle: ['l'] }] },
  'links.link': { sourcedId: 'sis-l' },
  'gradebook.putResult': { state: 'queued', version: 2, findings: [finding] },
  'gradebook.putResults': (_scope: unknown, _key: string, rows: unknown[]) => ({
    accepted: rows.length,
    rejected: [],
    findings: [],
  }),
  'gradebook.result': cellView,
  'gradebook.removeResult': undefined,
  'gradebook.results': list(cellView),
  'gradebook.plan': {
    planId: 'changes.',
    readAt: null,
    counts: { ...planned, create: 1 },
    byKind: { lineItems: { ...planned, create: 1 }, results: planned },
    entries: [
      {
        ...{ kind: 'lineItem', lineItemId: 'l', studentId: null, action: 'create', reason: null },
        ...{ findings: [finding], body: { title: 'Quiz' }, acknowledged: null },
      },
    ],
  },
  'syncs.start': { sync: syncView, joined: false },
  'syncs.list': list(syncView),
  'syncs.get': syncView,
  'syncs.entries': list(entryLine),
  'syncs.details': {
    ...syncView,
    summary: { extracted: 3, filtered: 1, unchanged: 0, sent: 1, failed: 1, conflicts: 0, pending: 0 },
    affected: { lineItems: 1, results: 2, students: 2 },
    causes: [
      {
        ...{ severity: 'error', action: 'failed', retry: 'manual', count: 1, lineItems: 1, results: 1 },
        ...{ reason: cellView.reason, examples: ['Quiz'] },
      },
    ],
  },
  'syncs.follow': {
    sync: { ...syncView, status: 'complete', finishedAt: at },
    entries: [{ id: '7', line: entryLine }],
  },
  'syncs.watch': () => () => undefined,
  'drift.audit': { classes: 3, leftOut: 1 },
  'drift.report': list({
    ...{ classId: 'c', title: 'Algebra', readAt: at, reading: false },
    counts: { same: 1, ownForm: 0, changed: 1, missing: 0, notRead: 0 },
  }),
  'schedules.list': list(scheduleView),
  'schedules.get': { schedule: scheduleView, revision: 3 },
  'schedules.create': { schedule: scheduleView, revision: 1 },
  'schedules.put': { schedule: scheduleView, revision: 4 },
  'schedules.preview': {
    ...{ cron: '30 2 * * *', interval: 'At 02:30 AM', timeZone: 'America/New_York', nextRuns: [at] },
    warnings: [{ code: 'CLOCK_LEAPS', message: 'm', runsAt: at }],
  },
  'schedules.remove': undefined,
  'schedules.pause': scheduleView,
  'schedules.resume': scheduleView,
  'schedules.pauseAll': { changed: 2 },
  'schedules.resumeAll': { changed: 2 },
  'schedules.run': { ...scheduleRun, status: 'running', finishedAt: null },
  'schedules.runs': list(scheduleRun),
  'conflicts.list': list({
    ...{ id: 'r1-abcdefghijklmnop', kind: 'result', lineItemId: 'l', studentId: 's', cause: 'changed' },
    ...{ acknowledged: { score: 60 }, sis: { score: 12 }, lms: { score: 70 }, since: at },
    reason: { code: 'SCORE_CHANGED_IN_SIS', message: 'm', fix: 'f', fixBy: 'teacher' },
  }),
  'conflicts.resolve': { classId: 'c', keep: 'sis', resolved: 1, left: 0, syncId: null },
  'conflicts.resolveMany': { classId: 'c', keep: 'lms', resolved: 2, left: 1, syncId: 'y' },
  'syncs.cancel': { ...syncView, status: 'cancelled' },
  'students.data': {
    ...{
      studentId: 's',
      sourcedId: null,
      enrollments: [],
      inRosterCopy: [],
      beforeSyncs: [],
      deleted: [],
      history: [],
    },
  },
  'students.erase': { erased: { enrollments: 1, results: 2, historyEntries: 3 }, remainsInSis: [] },
  'idMappings.put': {
    dryRun: false,
    counts: { changed: 1, unchanged: 0, unknown: 0, duplicate: 0, invalid: 0 },
    rows: [
      {
        ...{ line: 2, outcome: 'changed', detail: null, sharedIn: [] },
        changes: [{ classId: 'c', studentId: null, field: 'sourcedId', from: null, to: 'sis-c' }],
      },
    ],
  },
  'explanations.of': {
    ...{ answer: 'This score is not in the SIS as it is here.', state: 'needsAttention', fixBy: 'admin' },
    ...{ reason: cellView.reason, lineItemId: 'l', studentId: 's', tries: 0, timeZone: 'UTC' },
    ...{ here: { version: 1, at, values: { score: 7 } }, acknowledged: null, seen: null, verifiedAt: null },
    ...{ lastSentAt: null, nextAttemptAt: null, lineItem: { state: 'verified', reason: null } },
    connection: { state: 'working', cause: null, since: null, lastSuccessAt: at, nextProbeAt: null },
    timeline: [{ at, event: 'entered', text: 'The score was entered here.', code: null, version: 1 }],
  },
  'exports.csv': {
    files: [{ name: 'manifest.csv', text: 'propertyName,value\r\n' }],
    counts: { categories: 1, lineItems: 1, results: 1 },
    leftOut: [{ kind: 'result', lineItemId: 'l', studentId: 's', reason: cellView.reason }],
  },
  'syncs.confirm': { sync: { ...syncView, status: 'processing' }, confirmed: true },
  'rosterPulls.start': { pull: pullView, joined: false },
  'rosterPulls.list': list(pullView),
  'rosterPulls.get': pullView,
  'rosterPulls.unmatched': list({
    ...{ kind: 'student', sourcedId: null, classId: 'c', studentId: 's', candidates: 2 },
    reason: cellView.reason,
  }),
  'rosterPulls.cancel': { ...pullView, status: 'cancelled', phase: null, finishedAt: at },
  'snapshots.list': list(snapshotView),
  'snapshots.get': { ...snapshotView, ...list(snapshotCell) },
  'snapshots.table': [{ ...snapshotCell, title: 'Quiz', givenName: 'Ann', familyName: 'Lee' }],
  'snapshots.read': undefined,
  'snapshots.restore': { sync: syncView },
  'snapshots.release': { released: 1 },
  'deletions.list': list(deletionView),
  'deletions.done': { ...deletionView, state: 'done', doneAt: at, doneBy: 'Ann' },
  'webhooks.list': list(webhookView),
  'webhooks.get': webhookView,
  'webhooks.create': { webhook: webhookView, secret: 'whsec_c2VjcmV0' },
  'webhooks.put': webhookView,
  'webhooks.remove': undefined,
  'webhooks.rotateSecret': { secret: 'whsec_c2VjcmV0', oldSecretUntil: at },
  'webhooks.test': deliveryView,
  'webhooks.deliveries': list(deliveryView),
  'webhooks.redeliver': deliveryView,
  'ltiPlatforms.list': list(platformView),
  'ltiPlatforms.get': platformView,
  'ltiPlatforms.create': platformView,
  'ltiPlatforms.put': platformView,
  'ltiPlatforms.remove': undefined,
  'ltiPlatforms.newToolKey': { kid: 'k' },
  'signIns.get': signInView,
  'signIns.put': put(signInView),
  'signIns.remove': undefined,
  'signIns.endSession': undefined,
  'signIns.session': {
    ...{ id: 'session-1', subject: 'ann', displayName: 'Ann', domainId: 'd' },
    scope: { tenantId: 'tenant-1', domainId: 'internal-d', classKeys: null },
  },
  'audit.add': undefined,
  'audit.place': { tenantId: 'tenant-1', domainId: 'internal-d' },
  'audit.list': list({
    ...{ id: '1', at, tenantId: 'd', domainId: 'd', actor: 'LMS', actorKind: 'key', keyId: 'k' },
    ...{ action: 'settings.put', subject: {}, detail: {}, requestId: 'r', address: '203.0.113.1' },
  }),
  'once.claim': null,
  'once.keep': undefined,
  'syncs.retry': { sync: syncView, joined: true },
};

/** A principal of each kind; the credential is `role-kind`, such as `lms-key`. */
export function principal(role: Principal['role'], kind: Principal['kind']): Principal {
  return {
    kind,
    role,
    keyId: `id-of-${role}`,
    tenantId: role === 'root' ? null : 'tenant-1',
    domainId: role === 'root' ? null : 'internal-d',
    classKeys: role === 'teacher' ? ['c'] : null,
    name: `the ${role}`,
    subject: kind === 'token' ? `person-${role}` : null,
  };
}
export const callers = [
  ['root-key', principal('root', 'key')],
  ['admin-key', principal('admin', 'key')],
  ['lms-key', principal('lms', 'key')],
  ['admin-token', principal('admin', 'token')],
  ['teacher-token', principal('teacher', 'token')],
] as const;

export function fakeStore(): FakeStore {
  const calls: Call[] = [];
  const answers: Record<string, unknown> = {};
  const credentials = new Map<string, Principal>(callers);
  const call = async (name: string, args: unknown[]): Promise<unknown> => {
    calls.push({ name, args });
    if (name === 'access.authenticate' && !(name in answers)) return byHash(credentials, args[0] as Buffer);
    const answer = name in answers ? answers[name] : fixed[name];
    if (!(name in answers) && !(name in fixed)) throw new Error(`the fake knows no ${name}`);
    return typeof answer === 'function' ? (answer as (...a: unknown[]) => unknown)(...args) : answer;
  };
  const noun = (prefix: string) =>
    new Proxy(
      {},
      {
        get:
          (_t, name) =>
          (...args: unknown[]) =>
            call(`${prefix}.${String(name)}`, args),
      },
    );
  const store = {
    ...Object.fromEntries(
      [
        ...[
          'access',
          'ownTokens',
          'embedding',
          'standings',
          'domains',
          'settings',
          'classes',
          'gradebook',
          'links',
          'syncs',
          'conflicts',
          'drift',
          'problems',
          'schedules',
        ],
        ...[
          'students',
          'snapshots',
          'deletions',
          'ltiPlatforms',
          'signIns',
          'signInStates',
          'audit',
          'once',
          'exports',
          'explanations',
          'idMappings',
          'rosterPulls',
          'webhooks',
        ],
      ].map((n) => [n, noun(n)]),
    ),
    // what one transaction is, only a database knows
    transact: (work: (store: Store) => Promise<unknown>) => work(store),
    ready: async () => ('ready' in answers ? (answers['ready'] as () => boolean)() : true),
  } as unknown as Store;
  const aside = new Set([
    'embedding.origins',
    'embedding.originsOf',
    'audit.add',
    'audit.place',
    'once.claim',
    'once.keep',
  ]);
  const aboutCaller = ['access.authenticate', 'access.tenantByKey', 'access.tenantsHolding'];
  return {
    store,
    calls,
    answers,
    credentials,
    asked: () => calls.filter((c) => !aboutCaller.includes(c.name) && !aside.has(c.name)),
  };
}

function byHash(credentials: Map<string, Principal>, hash: Buffer): Principal | null {
  for (const [credential, who] of credentials)
    if (createHash('sha256').update(credential).digest().equals(hash)) return who;
  return null;
}
