/** The app over the fake store, and what the tests of the edge say again and again. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import request from 'supertest';
import { type AppParts, createApp } from '../../src/http/app.ts';
import type { Budgets } from '../../src/http/limits.ts';
import type { Route } from '../../src/http/route.ts';
import { createLog } from '../../src/log.ts';
import { fakeStore } from './fake-store.ts';

/** Pages enough to be served, once per test file. */
const pagesDir = mkdtempSync(join(tmpdir(), 'pages-'));
mkdirSync(join(pagesDir, 'assets'));
writeFileSync(join(pagesDir, 'teacher.html'), '<!doctype html><title>Sync grades</title>');
writeFileSync(join(pagesDir, 'admin.html'), '<!doctype html><title>SIS settings</title>');
writeFileSync(join(pagesDir, 'assets', 'teacher-ABC123.js'), 'export {}');
mkdirSync(join(pagesDir, 'embed', 'v1'), { recursive: true });
for (const name of ['sync-grades.js', 'sync-grades-ABCD1234.js'])
  writeFileSync(join(pagesDir, 'embed', 'v1', name), 'export {}');
afterAll(() => rmSync(pagesDir, { recursive: true, force: true }));

const unlimited: Budgets = { read: 0, write: 0, bulk: 0, costly: 0 };

export function edge(config: Partial<AppParts['config']> = {}) {
  const fake = fakeStore();
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const app = createApp({
    store: fake.store,
    identity: { idToken: nobody, authorizationUrl: nobody, exchange: nobody },
    log: createLog({ level: 'debug', stream }),
    clock: { now: () => new Date() },
    config: {
      ...{ trustedProxies: [], publicUrl: 'https://passback.example', budgets: unlimited },
      ...config,
    },
    pagesDir,
    checkAnswers: true,
  });
  const as = (credential: string) => {
    const agent = request(app);
    const auth = ['Authorization', `Bearer ${credential}`] as const;
    return {
      get: (path: string) => agent.get(path).set(...auth),
      put: (path: string, body?: object | string) =>
        agent
          .put(path)
          .set(...auth)
          .send(body),
      post: (path: string, body?: object | string) =>
        agent
          .post(path)
          .set(...auth)
          .set(typeof body === 'string' ? { 'content-type': 'text/csv' } : {})
          .send(body),
      delete: (path: string) => agent.delete(path).set(...auth),
    };
  };
  return { ...fake, app, as, anonymous: request(app), lines };
}

/** What nobody of these tests asks for. */
const nobody = () => Promise.reject(new Error('nobody is asked here'));

const ltiPlatform = {
  ...{ name: 'LMS', issuer: 'https://lms.example', clientId: '1', deploymentIds: ['d1'] },
  ...{ authorizationUrl: 'https://lms.example/auth', jwksUrl: 'https://lms.example/jwks' },
};
/** A valid body for each route that needs one. */
export const bodies: Record<string, object | string> = {
  putDomain: { name: 'District' },
  putSettings: { passbackEnabled: true },
  createWebhook: { url: 'https://lms.example/hook' },
  putWebhook: { url: 'https://lms.example/hook' },
  createKey: { role: 'lms', name: 'LMS' },
  createToken: { subject: 'u1', displayName: 'Ann', role: 'teacher', domainId: 'd', classIds: ['c'] },
  signIn: { code: 'one/time' },
  putClass: { domainId: 'd', title: 'Algebra' },
  putSyncSettings: { autoSync: 'on' },
  putRoster: { students: [{ studentId: 's' }] },
  putStudent: {},
  putLineItem: { title: 'Quiz' },
  putOverrides: { syncToSis: false },
  linkLineItem: { sourcedId: 'sis-l' },
  putResults: { results: [{ lineItemId: 'l', studentId: 's', score: 1 }] },
  putResult: { score: 7.5 },
  resolveConflict: { keep: 'sis' },
  resolveConflicts: { keep: 'lms' },
  createSchedule: { cron: '0 18 * * 1-5' },
  previewSchedule: { every: { unit: 'day', at: '02:30' } },
  putSchedule: { cron: '0 18 * * *', timeZone: 'America/Chicago' },
  putClassMapping: { map: {} },
  copyClassMapping: { classIds: ['c2'] },
  putDomainMapping: { map: {} },
  createLtiPlatform: ltiPlatform,
  putLtiPlatform: ltiPlatform,
  putSignIn: {
    ...{ issuer: 'https://id.example', clientId: 'passback', clientSecret: 'secret', roleClaim: 'groups' },
    admins: ['passback-admins'],
  },
  putIdMappings: 'kind,classId,sourcedId\nclass,c,sis-c\n',
};
/** What a root key must add where no id tells the tenant. */
export const rootQuery: Record<string, string> = {
  listClasses: '?tenant=d',
  listSyncs: '?tenant=d',
  getSyncsCsv: '?tenant=d',
};
/** What a request must say in its query. */
export const neededQuery: Record<string, string> = {
  getStudentData: '?studentId=s',
  eraseStudentData: '?studentId=s&confirm=true',
};

export const samplePath = (route: Pick<Route, 'path'>): string =>
  route.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
    name.charAt(0) === 's' && name.startsWith('sync') ? 'y' : name.charAt(0),
  );
