/** What was granted, compared with what is needed; names differ between versions, so the last part is compared. */
import type { HeldToken } from './token.ts';
import type { Found } from './class-test.ts';

const shortName = (scope: string): string => scope.split('/').at(-1) ?? scope;

const needed: { anyOf: string[]; without: 'failed' | 'warning'; meaning: string }[] = [
  { anyOf: ['gradebook.createput'], without: 'failed', meaning: 'no grade can be sent' },
  {
    anyOf: ['gradebook.readonly', 'gradebook-core.readonly'],
    without: 'warning',
    meaning: 'categories cannot be read and grades cannot be checked after sending',
  },
  {
    anyOf: ['roster.readonly', 'roster-core.readonly'],
    without: 'warning',
    meaning: 'the school of a class cannot be read, so the LMS has to name it',
  },
];

/** Rights that nothing depends on; only what was asked for can be said to be missing. */
const beyond: Record<string, string> = {
  'gradebook.createpost': 'each new score needs a request of its own',
  'gradebook.delete': 'nothing can be deleted',
};
function withoutBeyond(granted: string[], requested: string[]): string {
  const asked = requested.map(shortName);
  return Object.entries(beyond)
    .filter(([scope]) => asked.includes(scope) && !granted.includes(scope))
    .map(([scope, meaning]) => ` Without ${scope}, ${meaning}.`)
    .join('');
}

export function missingScopes({ grantedScopes, requestedScopes }: HeldToken): Found {
  if (!grantedScopes) {
    // RFC 6749 §5.1: an answer without scope grants what was asked for.
    if (requestedScopes.length > 0)
      return { status: 'ok', detail: 'The SIS grants all permissions that were asked for.' };
    return { status: 'warning', detail: 'The SIS does not say which permissions the key has.' };
  }
  const granted = grantedScopes.map(shortName);
  if (!granted.some((scope) => /^(gradebook|roster|assessment|resource)/.test(scope)))
    return {
      status: 'warning',
      detail: 'The SIS names permissions that are not those of OneRoster, so they cannot be compared.',
    };
  const missing = needed.filter(({ anyOf }) => !anyOf.some((scope) => granted.includes(scope)));
  const [first] = missing;
  if (!first)
    return {
      status: 'ok',
      detail: `The key has the permissions to read and write the gradebook.${withoutBeyond(granted, requestedScopes)}`,
    };
  const names = missing.map(({ anyOf }) => anyOf[0] ?? '').join(', ');
  return {
    status: missing.some(({ without }) => without === 'failed') ? 'failed' : 'warning',
    detail: `Missing permission: ${names}. Without it ${missing.map(({ meaning }) => meaning).join('; ')}.`,
    code: 'AUTH_SCOPE_MISSING',
  };
}
