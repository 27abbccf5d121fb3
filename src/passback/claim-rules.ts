/** What the claims of an OpenID provider make of a person: an admin, and of which domain. */
import { plainName } from './lti-launch.ts';
import type { Claims, ClaimRules } from './ports/sign-in.ts';
import type { Reason } from '../gradebook/dictionary.ts';

export interface Admitted {
  subject: string;
  displayName: string;
  /** the LMS's ids of the domains that the claims name; null: the provider's own */
  domainIds: string[] | null;
}

/** Held against the rules, value by value and to the letter: nobody becomes an admin by a name that is similar. */
export function admit(claims: Claims, rules: ClaimRules): Admitted | { refused: Reason } {
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '') return { refused: { code: 'SIGN_IN_REFUSED' } };
  const roles = valuesAt(claims, rules.roleClaim);
  if (!roles.some((role) => rules.admins.includes(role)))
    return { refused: { code: 'SIGN_IN_NO_ROLE', params: { claim: rules.roleClaim } } };
  const displayName =
    plainName(asText(claims['name'])) ??
    plainName(asText(claims['preferred_username'])) ??
    plainName(asText(claims['email'])) ??
    'Administrator';
  const who = { subject: subject.slice(0, 255), displayName };
  if (rules.domainClaim === null) return { ...who, domainIds: null };
  const named = valuesAt(claims, rules.domainClaim).flatMap((value) =>
    Object.hasOwn(rules.domainMap, value) ? [rules.domainMap[value] ?? ''] : [],
  );
  const domainIds = [...new Set(named)];
  return domainIds.length > 0
    ? { ...who, domainIds }
    : { refused: { code: 'SIGN_IN_NO_DOMAIN', params: { claim: rules.domainClaim } } };
}

const asText = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** One value or a list of them; a claim within a claim is named with dots (`realm_access.roles`) unless it is named so. */
function valuesAt(claims: Claims, name: string): string[] {
  let at: unknown = own(claims, name) ?? claims;
  if (at === claims) for (const part of name.split('.')) at = own(at, part);
  const values: unknown[] = Array.isArray(at) ? at : [at];
  return values.flatMap((v) => (typeof v === 'string' || typeof v === 'number' ? [String(v)] : []));
}

function own(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : undefined;
}
