/** What the frame of the console hands to each of its screens. */
import type { Api } from '../api.ts';
import type { Connection } from '../answers.ts';
import type { DomainLine } from './admin-answers.ts';

export interface Console {
  api: Api;
  /** the domain that is looked at, and all that the person may see */
  domain: DomainLine;
  domains: DomainLine[];
  connection: Connection;
  /** what the SIS is called; a general word where nobody named it */
  sis: string;
  announce(text: string, inEnglish?: boolean): void;
  /** what to tell the person about an error */
  explain(error: unknown): string;
  /** something was typed on this screen and not saved, whichever is looked at now */
  unsaved(screen: ScreenName, is: boolean): void;
  /** reads the health of the connection anew, for the banner and for whoever shows it */
  refresh(): Promise<void>;
}

export type ScreenName =
  | 'overview'
  | 'settings'
  | 'schedules'
  | 'history'
  | 'problems'
  | 'drift'
  | 'classes'
  | 'categories'
  | 'ids'
  | 'roster'
  | 'keys'
  | 'webhooks'
  | 'lti'
  | 'signin'
  | 'activity';

/** Where a link leads: `#history&status=failed`. */
export function to(screen: ScreenName, more: Record<string, string | undefined> = {}): string {
  const query = Object.entries(more).flatMap(([name, value]) =>
    value ? [`&${name}=${encodeURIComponent(value)}`] : [],
  );
  return `#${screen}${query.join('')}`;
}

export const nameOf = (domains: DomainLine[], domainId: string): string =>
  domains.find((domain) => domain.domainId === domainId)?.name ?? domainId;

/** Which lie below which, by name. */
export function below(domains: DomainLine[]): Map<string | null, DomainLine[]> {
  const ids = new Set(domains.map(({ domainId }) => domainId));
  const all = new Map<string | null, DomainLine[]>();
  for (const domain of [...domains].sort((a, b) => a.name.localeCompare(b.name))) {
    // the highest that may be seen has one above it all the same
    const parent = domain.parentId !== null && ids.has(domain.parentId) ? domain.parentId : null;
    const siblings = all.get(parent);
    if (siblings) siblings.push(domain);
    else all.set(parent, [domain]);
  }
  return all;
}
