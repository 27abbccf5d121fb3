import { classHints, pageOf, readLaunch, roleOf, type Launch } from '../../src/passback/lti-launch.ts';

const tool = 'https://grades.example/sync';
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const lti = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;
const launch = (more: Partial<Launch> = {}): Launch => ({
  ...{ deploymentId: 'd', subject: 's', displayName: null, page: null, contextId: 'c', sourcedId: null },
  ...{ roles: [`${membership}#Instructor`], custom: {} },
  ...more,
});
const admin = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator';
const assistant = `${membership}/Instructor#TeachingAssistant`;

test.each<[string, Partial<Launch>, string]>([
  ['an instructor', {}, 'teacher'],
  ['an instructor by the short name', { roles: ['Instructor'] }, 'teacher'],
  ['an admin outside of a course', { roles: [admin], contextId: null }, 'admin'],
  ['an admin who teaches the course', { roles: [admin, `${membership}#Instructor`] }, 'teacher'],
  ['an admin who teaches, on the admin page', { roles: [admin, 'Instructor'], page: 'admin' }, 'admin'],
  ['an admin on a teacher’s page', { roles: [admin], page: 'teacher' }, 'admin'],
  ['an instructor on the admin page', { page: 'admin' }, 'LTI_ADMIN_ONLY'],
  ['an assistant', { roles: [`${membership}#Instructor`, assistant] }, 'LTI_ROLE_NOT_ALLOWED'],
  [
    'an assistant here who is a lecturer too',
    { roles: [`${membership}#Instructor`, assistant, `${membership}/Instructor#Lecturer`] },
    'teacher',
  ],
  ['a learner', { roles: [`${membership}#Learner`] }, 'LTI_ROLE_NOT_ALLOWED'],
  [
    'an instructor of the institution alone',
    { roles: [admin.replace('Administrator', 'Instructor')] },
    'LTI_ROLE_NOT_ALLOWED',
  ],
])('%s comes in as %s', (_who, change, expected) => {
  const role = roleOf(launch(change), {});
  expect(typeof role === 'string' ? role : role.refused.code).toBe(expected);
});

test('a platform may say otherwise who is who', () => {
  const roleMap = { teacher: [assistant], admin: [] };
  expect(roleOf(launch({ roles: [assistant] }), roleMap)).toBe('teacher');
  expect(roleOf(launch(), roleMap)).toEqual({ refused: { code: 'LTI_ROLE_NOT_ALLOWED' } });
  expect(roleOf(launch({ roles: [admin] }), roleMap)).toEqual({ refused: { code: 'LTI_ROLE_NOT_ALLOWED' } });
});

test.each([
  [`${tool}/lti/launch`, null],
  [`${tool}/`, null],
  [`${tool}/teacher`, 'teacher'],
  [`${tool}/admin?x=1`, 'admin'],
  [`${tool}/assets/x`, undefined],
  ['https://grades.example/teacher', undefined],
  ['https://grades.example.evil.example/sync/teacher', undefined],
  ['http://grades.example/sync/teacher', undefined],
  ['not an address', undefined],
])('%s is the page %s', (target, page) => {
  expect(pageOf(target, tool)).toBe(page);
});

const claims = {
  ...{ sub: 'u1', given_name: ' Ada\n', family_name: 'Byron' },
  [lti('version')]: '1.3.0',
  [lti('message_type')]: 'LtiResourceLinkRequest',
  [lti('deployment_id')]: 'd1',
  [lti('target_link_uri')]: `${tool}/teacher`,
  [lti('roles')]: ['Instructor'],
  [lti('context')]: { id: 'ctx', label: 'ALG' },
  [lti('custom')]: { class_id: 12 },
};

test('a launch is read: who, from where, to which page', () => {
  expect(readLaunch(claims, tool)).toMatchObject({
    ...{ deploymentId: 'd1', subject: 'u1', displayName: 'Ada Byron', page: 'teacher', contextId: 'ctx' },
  });
  // claims of the same names without the prefix are somebody else's
  const bare = { ...claims, [lti('roles')]: undefined, roles: ['Instructor'] };
  expect(readLaunch(bare, tool)).toEqual({
    refused: { code: 'LTI_LAUNCH_UNUSABLE', params: { claim: 'roles' } },
  });
});

test.each([
  [{ class_id: 'c1' }, 'class_id', 'c1'],
  [{ class_id: ' c1 ' }, 'class_id', 'c1'],
  [{ class_id: 12 }, 'class_id', '12'],
  [{ class_id: '$Canvas.course.id' }, 'class_id', null],
  [{ class_id: '' }, 'class_id', null],
  [{ class_id: ['c1'] }, 'class_id', null],
  [{ class_id: 'c1' }, 'other', null],
  [{ class_id: 'c1' }, null, null],
])('%j with the parameter %s names %s', (custom, classParam, named) => {
  expect(classHints(launch({ custom }), { classParam }).named).toBe(named);
});
