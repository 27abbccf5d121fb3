/**
 * What an LTI 1.3 launch means to us (LTI Core §5.3, roles: appendix A.2): who it is, as what, on which page, with
 * which class. The token is believed already; this reads it.
 */
import { z } from 'zod';
import type { Reason } from '../gradebook/dictionary.ts';
import type { Claims, ClassHints, LaunchPlatform, RoleMap } from './ports/sign-in.ts';

const prefix = 'https://purl.imsglobal.org/spec/lti/claim/';
const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const personRole = (where: 'institution' | 'system', role: string) =>
  `http://purl.imsglobal.org/vocab/lis/v2/${where}/person#${role}`;

/** Who is what where a platform says nothing else. */
export const standardRoles = {
  teacher: [`${membership}#Instructor`],
  admin: [
    personRole('system', 'Administrator'),
    personRole('system', 'SysAdmin'),
    personRole('institution', 'Administrator'),
    `${membership}#Administrator`,
  ],
};
/** A sub-role comes beside its principal role, and so an assistant is called an instructor too. */
const assistants = [
  ...['TeachingAssistant', 'TeachingAssistantSection', 'TeachingAssistantSectionAssociation'],
  ...['TeachingAssistantOffering', 'TeachingAssistantTemplate', 'TeachingAssistantGroup', 'Grader'],
].map((role) => `${membership}/Instructor#${role}`);

const text = z.string().max(2000);
const words = text.optional().catch(undefined);
const Person = z.object({ sub: text.min(1).max(255), name: words, given_name: words, family_name: words });
/** The claims of LTI, without the beginning that all their names share. */
const LtiClaims = z.object({
  version: z.literal('1.3.0'),
  message_type: z.literal('LtiResourceLinkRequest'),
  deployment_id: text.min(1).max(255),
  target_link_uri: text,
  roles: z.array(text).max(200),
  context: z.object({ id: text.min(1) }).nullish(),
  custom: z.record(z.string(), z.unknown()).nullish(),
  lis: z.object({ course_section_sourcedid: words, course_offering_sourcedid: words }).nullish(),
});

export interface Launch {
  deploymentId: string;
  subject: string;
  /** null: the platform does not tell names */
  displayName: string | null;
  roles: string[];
  /** the page that was asked for; null: whichever is for the role */
  page: 'teacher' | 'admin' | null;
  contextId: string | null;
  sourcedId: string | null;
  custom: Record<string, unknown>;
}
export type Refused = { refused: Reason };

/** Reads a believed token; `toolUrl` is where we are. */
export function readLaunch(claims: Claims, toolUrl: string): Launch | Refused {
  const person = Person.safeParse(claims);
  if (!person.success) return { refused: { code: 'LTI_NOBODY' } };
  const parsed = LtiClaims.safeParse(withoutPrefix(claims));
  if (!parsed.success) {
    const claim = String(parsed.error.issues[0]?.path[0] ?? '');
    return { refused: { code: 'LTI_LAUNCH_UNUSABLE', params: { claim } } };
  }
  const page = pageOf(parsed.data.target_link_uri, toolUrl);
  if (page === undefined) return { refused: { code: 'LTI_TARGET_UNKNOWN', params: { address: toolUrl } } };
  const { sub, name, given_name: given, family_name: family } = person.data;
  const { deployment_id: deploymentId, roles, context, custom, lis } = parsed.data;
  return {
    deploymentId,
    subject: sub,
    displayName: plainName(name) ?? plainName([given, family].filter(Boolean).join(' ')),
    roles,
    page,
    contextId: context?.id ?? null,
    sourcedId: lis?.course_section_sourcedid ?? lis?.course_offering_sourcedid ?? null,
    custom: custom ?? {},
  };
}

function withoutPrefix(claims: Claims): Claims {
  const ours = Object.entries(claims).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(ours.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** Which of our pages an address is; null: any; undefined: none of ours. */
export function pageOf(target: string, toolUrl: string): Launch['page'] | undefined {
  if (!URL.canParse(target)) return undefined;
  const { origin, pathname } = new URL(target);
  const pages = { '/lti/launch': null, '': null, '/teacher': 'teacher', '/admin': 'admin' } as const;
  for (const [path, page] of Object.entries(pages))
    if (`${origin}${pathname.replace(/\/$/, '')}` === `${toolUrl}${path}`) return page;
  return undefined;
}

/** As what somebody comes in: an admin's page needs an admin's role, a teacher's page a course. */
export function roleOf(launch: Launch, roleMap: RoleMap): 'teacher' | 'admin' | Refused {
  const may = {
    teacher: holds(launch.roles, roleMap.teacher ?? standardRoles.teacher),
    admin: holds(launch.roles, roleMap.admin ?? standardRoles.admin),
  };
  if (launch.page === 'admin') return may.admin ? 'admin' : { refused: { code: 'LTI_ADMIN_ONLY' } };
  if (may.teacher && (launch.page === 'teacher' || !may.admin || launch.contextId !== null)) return 'teacher';
  return may.admin ? 'admin' : { refused: { code: 'LTI_ROLE_NOT_ALLOWED' } };
}

function holds(roles: string[], wanted: string[]): boolean {
  const assists = roles.some((role) => assistants.includes(role)) && !roles.some(leads);
  const instructor = `${membership}#Instructor`;
  return roles.some((role) => {
    // short names are from before 1.3 and still allowed for roles in a course (appendix A.2.3.1)
    const uri = /^\w+$/.test(role) ? `${membership}#${role}` : role;
    return wanted.includes(uri) && !(uri === instructor && assists);
  });
}
/** An instructor of another kind than an assistant. */
const leads = (role: string) => role.startsWith(`${membership}/Instructor#`) && !assistants.includes(role);

/** What may name the class. A variable that the platform did not fill in (`$Course.id`) names nothing. */
export function classHints(launch: Launch, { classParam }: Pick<LaunchPlatform, 'classParam'>): ClassHints {
  const value = classParam === null ? undefined : launch.custom[classParam];
  const said = typeof value === 'number' ? String(value) : value;
  const named = typeof said === 'string' && said.trim() !== '' && !said.startsWith('$') ? said.trim() : null;
  return { named, contextId: launch.contextId, sourcedId: launch.sourcedId };
}

/** A name on one line, as it may be kept. */
export function plainName(name: string | undefined): string | null {
  const line = (name ?? '').replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line === '' || !line.isWellFormed() ? null : [...line].slice(0, 200).join('');
}
