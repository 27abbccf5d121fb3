/**
 * What has to be tried out before an SIS grants a token: where its token endpoint is, how it wants the credentials,
 * which scopes it knows. What worked is remembered and comes first the next time. The secret is only ever sent to the
 * token URL that was entered or, where none was, to the origin of the gradebook.
 */
import type { OneRosterVersion } from '../gradebook/settings.ts';
import type { Beyond, ClientAuthMethod, Learned, SisConnection } from '../passback/ports/sis.ts';
import type { Secrets } from './answer.ts';
import type { Egress } from './egress.ts';
import { type Denied, type Granted, requestToken } from './token-request.ts';
import { usualTokenUrls } from './token-urls.ts';

export type ClientCredentials = Extract<SisConnection['auth'], { method: 'clientCredentials' }>;
export type SearchAnswer =
  (Granted & { method: ClientAuthMethod; requested: string[] }) | Denied | { kind: 'aborted' };
export interface TokenSearch {
  acquire(egress: Egress): Promise<SearchAnswer>;
  learned(): Learned;
}

/**
 * All that we can use first, then less: asking for the least first would cost a request where more is granted. Classes
 * and students (roster.readonly) only make the test and the default school richer. An SIS that knows none of the names
 * may grant what it has when none is named. Deleting and sending many at once are asked for only where they are wanted.
 */
function defaultScopeSets(version: OneRosterVersion): string[][] {
  const from = (root: string) => {
    const gradebook = [`${root}gradebook.readonly`, `${root}gradebook.createput`];
    return [
      [...gradebook, `${root}roster.readonly`],
      [...gradebook, `${root}roster-core.readonly`],
      gradebook,
    ];
  };
  if (version === '1.2') return [...from('https://purl.imsglobal.org/spec/or/v1p2/scope/'), []];
  // some SISs of the days of 1.1 compare the names letter by letter, and spell them with http
  const sets = from('https://purl.imsglobal.org/spec/or/v1p1/scope/');
  const plain = sets.slice(0, 1).map((set) => set.map((scope) => scope.replace('https:', 'http:')));
  return [...sets, ...plain, []];
}

/** With the rights that only some connections use, first all of them, then each, then none. */
function withBeyond(usual: string[][], beyond: readonly Beyond[]): string[][] {
  const most = usual[0] ?? [];
  const root = /^.*\//.exec(most[0] ?? '')?.[0] ?? '';
  const scopes = beyond.map((right) => `${root}gradebook.${right === 'post' ? 'createpost' : 'delete'}`);
  const choices = scopes.length > 1 ? [scopes, ...scopes.map((scope) => [scope])] : [scopes];
  return [...(scopes.length > 0 ? choices.map((choice) => [...most, ...choice]) : []), ...usual];
}

/** A gateway that asks for a sign-in everywhere looks like many token endpoints; so many of them are tried in full. */
const doubtfulTried = 2;
/** These say which credentials are wrong, and stand. */
const saysWho = new Set(['AUTH_INVALID_CLIENT', 'AUTH_SECRET_EXPIRED']);
/** After so many answers of a server in trouble it is left alone until the next try. */
const troubledLimit = 3;

export function createTokenSearch(
  connection: SisConnection,
  auth: ClientCredentials,
  secrets: Secrets,
): TokenSearch {
  const learned: Learned = { ...connection.learned };
  const origin = new URL(connection.gradebookUrl).origin;
  // Learned long ago, for an address that has changed since?
  if (learned.tokenUrl && new URL(learned.tokenUrl).origin !== origin) delete learned.tokenUrl;
  let scopeSets = auth.scopes
    ? [auth.scopes]
    : withBeyond(defaultScopeSets(connection.oneRosterVersion), connection.beyond ?? []);
  let refusals = 0;

  /**
   * An SIS may lock out a client that knocks with wrong credentials. Where a way of presenting them has worked, or all
   * have been tried, it is one way per try: the one that worked every other time, for it is the secret that is wrong.
   */
  const thisTime = (): ClientAuthMethod[] => {
    const [first, ...others] = clientAuthMethods(auth, learned.clientAuthMethod);
    if (!first || (!learned.clientAuthMethod && refusals === 0)) return first ? [first, ...others] : [];
    const other = others[Math.floor(refusals / 2) % Math.max(1, others.length)];
    return [refusals % 2 === 0 ? first : (other ?? first)];
  };

  /** One endpoint: scopes and ways to present the credentials are tried until it grants, or nothing is left. */
  const askAt = async (egress: Egress, url: string, methods: ClientAuthMethod[]): Promise<SearchAnswer> => {
    let told: Denied | undefined;
    let [m, s] = [0, 0];
    for (;;) {
      const [method, scopes] = [methods[m], scopeSets[s]];
      if (!method || !scopes) return told ?? { kind: 'aborted' };
      const answer = await requestToken(egress, { url, credentials: auth, method, scopes }, secrets);
      if (answer.kind === 'aborted') return answer;
      if (answer.kind === 'granted') {
        // what the SIS did not know is not asked for again in this process
        scopeSets = scopeSets.slice(s);
        return { ...answer, method, requested: scopes };
      }
      // "wrong secret" says more than the complaint about a missing header that follows it
      if (!told || !saysWho.has(told.noToken.code)) told = answer;
      if (answer.scope) s++;
      else if (answer.credentials) m++;
      else return answer;
    }
  };

  const find = async (egress: Egress): Promise<{ url: string; answer: SearchAnswer }> => {
    const methods = clientAuthMethods(auth, learned.clientAuthMethod);
    const doubtful: { url: string; answer: SearchAnswer }[] = [];
    let troubled = 0;
    for (const url of usualTokenUrls(connection.gradebookUrl)) {
      let answer = await askAt(egress, url, methods.slice(0, 1));
      if (answer.kind === 'denied' && answer.endpoint === 'yes') answer = await askAt(egress, url, methods);
      if (answer.kind !== 'denied' || answer.silent || answer.endpoint === 'yes') return { url, answer };
      if (answer.noToken.later && ++troubled === troubledLimit) return { url, answer };
      if (answer.endpoint === 'maybe') doubtful.push({ url, answer });
    }
    for (const candidate of doubtful.slice(0, doubtfulTried)) {
      candidate.answer = await askAt(egress, candidate.url, methods);
      if (candidate.answer.kind !== 'denied') return candidate;
    }
    return doubtful[0] ?? { url: '', answer: nowhere(origin) };
  };

  return {
    async acquire(egress) {
      const known = auth.tokenUrl ?? learned.tokenUrl;
      let url = known ?? '';
      let answer: SearchAnswer | undefined;
      if (known) answer = await askAt(egress, known, thisTime());
      // An endpoint that was found once may have moved; one that was entered is not replaced by a guess.
      const moved = answer?.kind === 'denied' && answer.endpoint === 'no' && !answer.silent;
      if (!answer || (moved && !auth.tokenUrl)) ({ url, answer } = await find(egress));
      if (answer.kind !== 'aborted')
        refusals = answer.kind === 'denied' && answer.credentials ? refusals + 1 : 0;
      if (answer.kind === 'granted') {
        if (!auth.tokenUrl) learned.tokenUrl = url;
        if (!auth.clientAuthMethod) learned.clientAuthMethod = answer.method;
      }
      return answer;
    },
    learned: () => ({ ...learned }),
  };
}

function clientAuthMethods(
  auth: ClientCredentials,
  learned: ClientAuthMethod | undefined,
): ClientAuthMethod[] {
  if (auth.clientAuthMethod) return [auth.clientAuthMethod];
  const plain = /^[A-Za-z0-9]*$/.test(auth.clientId + auth.clientSecret);
  // without special characters both Basic forms are the same bytes
  const all: ClientAuthMethod[] = plain ? ['basic', 'body'] : ['basic', 'basicRaw', 'body'];
  return learned ? [learned, ...all.filter((method) => method !== learned)] : all;
}

const nowhere = (origin: string): Denied => ({
  kind: 'denied',
  noToken: {
    kind: 'noToken',
    code: 'AUTH_TOKEN_ENDPOINT',
    later: false,
    description: `none of the usual token addresses on ${origin} answers; the token URL has to be entered`,
  },
  endpoint: 'no',
  credentials: false,
  scope: false,
  silent: false,
});
