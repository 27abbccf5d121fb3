/**
 * Bodies as somebody might send them, by operationId: for openapi.yaml and the page of the API, where the least that is
 * valid would show little. A test holds each against the schema of its route.
 */
const schedule = {
  type: 'gradePassback',
  every: { unit: 'weekday', at: '18:00' },
  timeZone: 'America/Chicago',
};
const ltiPlatform = {
  name: 'Our LMS',
  issuer: 'https://lms.example.org',
  clientId: '10000000000001',
  authorizationUrl: 'https://lms.example.org/api/lti/authorize_redirect',
  jwksUrl: 'https://lms.example.org/api/lti/security/jwks',
  deploymentIds: ['1'],
};
const webhook = { url: 'https://lms.example.org/hooks/grades', events: ['sync.finished'] };

export const bodyExamples: Readonly<Record<string, unknown>> = {
  putDomain: { name: 'Lakeside District', timeZone: 'America/Chicago' },
  putSettings: {
    passbackEnabled: true,
    sisName: 'Demo SIS',
    profile: 'spec',
    baseUrl: 'https://sis.example.org/ims/oneroster/gradebook/v1p2',
    auth: { method: 'clientCredentials', clientId: 'passback', clientSecret: 'as the SIS gave it' },
    autoSync: true,
  },
  testSettings: { classId: 'algebra-1' },
  createKey: { role: 'lms', name: 'our LMS' },
  createToken: {
    subject: 'teacher-7',
    displayName: 'Grace Hopper',
    role: 'teacher',
    domainId: 'lakeside',
    classIds: ['algebra-1'],
    expiresInSeconds: 3600,
  },
  putClass: {
    domainId: 'lakeside',
    title: 'Algebra 1',
    sourcedId: 'class-1',
    categories: [{ id: 'hw', title: 'Homework' }],
    gradingPeriods: [
      { sourcedId: 'gp-1', title: 'Semester 1', startDate: '2026-08-17', endDate: '2026-12-18' },
    ],
  },
  putStudent: { sourcedId: 'student-1', givenName: 'Ada', familyName: 'Byron' },
  putRoster: {
    students: [{ studentId: 'ada', sourcedId: 'student-1', givenName: 'Ada', familyName: 'Byron' }],
  },
  putLineItem: {
    title: 'Quiz 1',
    categoryId: 'hw',
    dueDate: '2026-11-20T23:59:00-06:00',
    resultValueMax: 20,
  },
  putOverrides: { sisTitle: 'Quiz 1 (Unit 2)' },
  putResult: { score: 17.5, scoreDate: '2026-11-20T15:04:00-06:00' },
  putResults: {
    results: [
      { lineItemId: 'quiz-1', studentId: 'ada', score: 17.5 },
      { lineItemId: 'quiz-1', studentId: 'alan', status: 'missing' },
    ],
  },
  syncClass: { lineItemIds: ['quiz-1'] },
  putClassMapping: { map: { hw: 'sis-category-1' } },
  createSchedule: schedule,
  previewSchedule: schedule,
  putSchedule: schedule,
  createLtiPlatform: ltiPlatform,
  putLtiPlatform: ltiPlatform,
  putSignIn: {
    issuer: 'https://login.example.org',
    clientId: 'passback',
    clientSecret: 'as the provider gave it',
    roleClaim: 'groups',
    admins: ['sis-administrators'],
  },
  createWebhook: webhook,
  putWebhook: webhook,
};
