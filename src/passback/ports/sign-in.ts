/** Signing in to the pages: LTI platforms, OpenID providers, and the browsers that have signed in. */
import type { Items, Page, Put, Scope } from './callers.ts';

/** Which role URIs make a teacher or an admin; one that is left out has the standard ones (passback/lti-launch.ts). */
export interface RoleMap {
  teacher?: string[] | undefined;
  admin?: string[] | undefined;
}

/** Where a platform signs people in, and with which keys; the same for all deployments of one client. */
export interface LtiClient {
  issuer: string;
  clientId: string;
  authorizationUrl: string;
  jwksUrl: string;
}
export interface LtiPlatformInput extends LtiClient {
  name: string;
  deploymentIds: string[];
  /** the custom parameter that is believed to name the class; null: only the platform's own ids of the course are */
  classParam: string | null;
  roleMap: RoleMap;
}
export interface LtiPlatformView extends LtiPlatformInput {
  id: string;
  domainId: string;
  createdAt: string;
}
/** The platform that a launch came from. */
export interface LaunchPlatform extends Pick<
  LtiPlatformView,
  'id' | 'name' | 'jwksUrl' | 'classParam' | 'roleMap'
> {
  /** what its people may touch */
  scope: Scope;
  /** the LMS's id of its domain */
  domainId: string;
}
/** Ids that may name the class of a launch: `named` alone if it is there. */
export interface ClassHints {
  /** by the custom parameter */
  named: string | null;
  /** the platform's id of the course */
  contextId: string | null;
  /** the SIS's id of the course or section, as the platform knows it */
  sourcedId: string | null;
}

export interface LtiPlatforms {
  list(scope: Scope, domainKey: string, page: Page): Promise<Items<LtiPlatformView>>;
  get(scope: Scope, domainKey: string, id: string): Promise<LtiPlatformView>;
  create(scope: Scope, domainKey: string, input: LtiPlatformInput): Promise<LtiPlatformView>;
  /** the tokens of a deployment that is left out die with it; all of them, where it is now decided otherwise who may what */
  put(scope: Scope, domainKey: string, id: string, input: LtiPlatformInput): Promise<LtiPlatformView>;
  /** the tokens made with it die with it */
  remove(scope: Scope, domainKey: string, id: string): Promise<void>;

  // A launch begins with nobody: what follows takes no scope, and hands out one.
  /** the clients of an issuer, each once; clientId null: all of them */
  clients(issuer: string, clientId: string | null): Promise<LtiClient[]>;
  /** as it stands until the transaction ends: a token is made by what is in force when it is written */
  deployment(issuer: string, clientId: string, deploymentId: string): Promise<LaunchPlatform | null>;
  /** the LMS's id of the class that is meant; `another`: the named one is another than the platform's course */
  classOf(scope: Scope, hints: ClassHints): Promise<{ classId: string } | 'another' | null>;
  /** which sites may show the pages in a frame: the platform's, and the `embedOrigins` of its domain */
  frames(platformId: string): Promise<string[]>;
  /** our public keys as a tool, the newest first; a pair is made when there is none */
  toolKeys(): Promise<Record<string, unknown>[]>;
  /** a new pair; the others are published for another month */
  newToolKey(): Promise<{ kid: string }>;
}

/** Whose claims make an admin, and of which domain. */
export interface ClaimRules {
  /** the claim that is held against `admins` */
  roleClaim: string;
  admins: string[];
  /** the claim that is looked up in `domainMap`; null: everybody administers the provider's own domain */
  domainClaim: string | null;
  /** value → the LMS's id of a domain at or below the provider's */
  domainMap: Record<string, string>;
}
export interface SignInInput extends ClaimRules {
  issuer: string;
  clientId: string;
  /** left out: the stored one is kept */
  clientSecret?: string | undefined;
  scopes: string[];
}
export interface SignInView extends Omit<SignInInput, 'clientSecret'> {
  /** in its redirect address */
  id: string;
  clientSecretSet: true;
  /** the tenant that the domain is of: part of the address of the sign-in */
  tenantId: string;
}
/** A provider as a sign-in needs it. */
export interface Provider extends ClaimRules {
  id: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: string[];
  scope: Scope;
  /** the LMS's ids */
  domainId: string;
  tenantId: string;
}
export interface Session {
  id: string;
  scope: Scope;
  domainId: string;
  subject: string;
  displayName: string;
}

export interface SignIns {
  get(scope: Scope, domainKey: string): Promise<SignInView>;
  put(scope: Scope, domainKey: string, input: SignInInput): Promise<Put<SignInView>>;
  /** its sessions die with it, and the tokens made with those */
  remove(scope: Scope, domainKey: string): Promise<void>;

  // A sign-in begins with nobody as well.
  /** the nearest up the tree; null: none, or the domain is unknown, or of several tenants and none was named */
  provider(tenantKey: string | null, domainKey: string): Promise<Provider | null>;
  providerById(id: string): Promise<Provider | null>;
  /** the domains of these ids at or below the provider's; unknown ones are left out */
  domains(scope: Scope, keys: string[]): Promise<string[]>;
  startSession(
    provider: Provider,
    person: { domainId: string; subject: string; displayName: string },
  ): Promise<{ session: Session; cookie: string }>;
  /** whose cookie it is, and it is not idle for now; null: nobody's any more */
  session(cookie: string): Promise<Session | null>;
  /** the tokens made with it die with it; NOT_FOUND where the id is none of a session */
  endSession(scope: Scope, id: string): Promise<void>;
}

/** What comes back with a person who was sent away to sign in. */
export interface SignInState {
  kind: 'lti' | 'oidc';
  id: string;
  /** ISO 8601 */
  expiresAt: string;
  nonce: string;
  /** SHA-256 of what the browser was given to keep */
  browser: string;
  /** LTI: the client; OIDC: the provider's id */
  of: string[];
  /** OIDC: PKCE */
  verifier?: string | undefined;
}
export interface SignInStates {
  /** sealed: nobody but us reads or makes one */
  seal(state: SignInState): string;
  /** null: not ours, or expired */
  open(text: string, kind: SignInState['kind']): SignInState | null;
  /** false: it has come back before; belongs into the transaction of what it lets happen */
  use(state: SignInState): Promise<boolean>;
}

export type Claims = Record<string, unknown>;
/** `unreachable`: the other side did not answer as it should; `refused`: what came is not to be believed. */
export type Told =
  | { kind: 'claims'; claims: Claims }
  | { kind: 'refused'; why: string }
  | { kind: 'unreachable'; why: string };

/** What we ask of those who know people: implemented by src/sign-in. */
export interface Identity {
  /** A platform's id_token (LTI Security Framework §5.1.3): signature, issuer, audience, times, nonce. */
  idToken(token: string, client: LtiClient, nonce: string): Promise<Told>;
  /** Where an OpenID provider signs people in. */
  authorizationUrl(
    provider: Provider,
    asked: { redirectUri: string; state: string; nonce: string; verifier: string },
  ): Promise<{ kind: 'url'; url: string } | Exclude<Told, { kind: 'claims' }>>;
  /** The claims of whoever comes back from there. */
  exchange(
    provider: Provider,
    returned: { url: string; redirectUri: string; state: string; nonce: string; verifier: string },
  ): Promise<Told>;
}

/** One request of ours to whoever an admin named, through the guard; null: no answer. */
export type Outgoing = (request: {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}) => Promise<{ status: number; headers: Record<string, string>; text: string } | null>;
