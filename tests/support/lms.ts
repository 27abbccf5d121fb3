/**
 * An LMS that others wrote, as far as signing in goes: oidc-provider as the platform of LTI 1.3 (implicit flow,
 * form_post, prompt=none for whoever is signed in there), with the claims of a resource link launch. Which link of
 * which course was pressed is told by lti_message_hint, as LMSs do.
 */
import { BrowserJar, formIn, type Seen } from './browser-jar.ts';
import { startOpenIdProvider } from './openid-provider.ts';

export const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
export const claimOf = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;

/** What a link in a course says when somebody presses it. */
export interface Link {
  roles: string[];
  target: string;
  deployment?: string;
  context?: { id: string } | undefined;
  custom?: Record<string, string>;
  lis?: Record<string, string>;
}
export interface Lms {
  issuer: string;
  authorizationUrl: string;
  jwksUrl: string;
  clientId: string;
  /** links by name */
  links: Record<string, Link>;
  /** what the LMS's link asks the tool for */
  loginUrl(tool: string, person: string, link: string): string;
  /** somebody's browser, signed in to the LMS */
  browserOf(person: string): Promise<BrowserJar>;
  /** presses a link and goes all the way; the last answer is the tool's to the launch */
  launch(tool: string, browser: BrowserJar, person: string, link: string): Promise<Seen>;
  /** the same up to what the browser would post to the tool */
  tokenFor(
    tool: string,
    browser: BrowserJar,
    person: string,
    link: string,
  ): Promise<{ action: string; fields: Record<string, string> }>;
  /** where a browser signs in to the LMS itself */
  signInUrl(person: string): string;
  /** a page of the LMS by its path, for a real browser */
  pages: Record<string, string>;
  stop(): Promise<void>;
}

export const names: Record<string, string> = { rivera: 'Ms. Rivera', lee: 'Sam Lee', dana: 'Dana Admin' };

export async function startLms(launchUrl: string): Promise<Lms> {
  const clientId = 'tool-4711';
  const links: Record<string, Link> = {};
  const lti = [
    'version',
    'message_type',
    'deployment_id',
    'target_link_uri',
    'roles',
    'context',
    'custom',
    'lis',
  ];
  const provider = await startOpenIdProvider({
    clients: [
      {
        client_id: clientId,
        // one that may live on a loopback address without TLS
        application_type: 'native',
        grant_types: ['implicit'],
        response_types: ['id_token'],
        redirect_uris: [launchUrl],
        token_endpoint_auth_method: 'none',
      },
    ],
    responseTypes: ['id_token'],
    extraParams: ['lti_message_hint'],
    claims: { openid: ['sub', 'name', ...lti.map(claimOf)] },
    claimsOf: (sub, params) => {
      const link = links[params['lti_message_hint'] ?? ''];
      return { name: names[sub], ...(link ? linkClaims(link) : {}) };
    },
  });
  const { issuer, pages } = provider;

  const authorizationUrl = `${issuer}/auth`;
  /** without prompt=none, and so with a sign-in first */
  const signInUrl = (person: string) => {
    const query = { client_id: clientId, scope: 'openid', redirect_uri: launchUrl, nonce: 'n', state: 's' };
    const how = { response_type: 'id_token', response_mode: 'form_post', login_hint: person };
    return `${authorizationUrl}?${new URLSearchParams({ ...query, ...how }).toString()}`;
  };
  const lms: Lms = {
    ...{ issuer, authorizationUrl, clientId, links, pages, signInUrl },
    jwksUrl: `${provider.local}/jwks`,
    loginUrl: (tool, person, link) => {
      const query = {
        iss: issuer,
        login_hint: person,
        target_link_uri: links[link]?.target ?? launchUrl,
        client_id: clientId,
        lti_message_hint: link,
      };
      return `${tool}/lti/login?${new URLSearchParams(query).toString()}`;
    },
    async browserOf(person) {
      const browser = new BrowserJar();
      await browser.follow(signInUrl(person));
      return browser;
    },
    async tokenFor(tool, browser, person, link) {
      const begun = await browser.ask(lms.loginUrl(tool, person, link));
      if (begun.location === null) throw new Error(`${begun.status} ${begun.text}`);
      return formIn((await browser.follow(begun.location)).text);
    },
    async launch(tool, browser, person, link) {
      const { action, fields } = await lms.tokenFor(tool, browser, person, link);
      return browser.ask(action, { form: fields, headers: { 'sec-fetch-dest': 'iframe' } });
    },
    stop: () => provider.stop(),
  };
  return lms;
}

/** The claims of a resource link launch (LTI Core §5.3). */
export function linkClaims({ roles, target, deployment = 'dep-1', ...link }: Link): Record<string, unknown> {
  const claims = {
    version: '1.3.0',
    message_type: 'LtiResourceLinkRequest',
    deployment_id: deployment,
    target_link_uri: target,
    resource_link: { id: 'link-1' },
    roles,
    ...link,
  };
  const told = Object.entries(claims).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told.map(([name, value]) => [claimOf(name), value]));
}
