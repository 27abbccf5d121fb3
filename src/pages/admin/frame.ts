/** Pieces of the console's frame: who is looked at, where one can go, the brake that everybody sees. */
import { html, nothing } from 'lit';
import { locale } from '../language.ts';
import { consoleWords } from '../messages/admin.ts';
import { note, time } from '../parts.ts';
import type { DomainLine } from './admin-answers.ts';
import { below, nameOf, to, type Console, type ScreenName } from './console.ts';
import { screenNames } from './screens.ts';

/** The first of each group of ways. */
const GROUPS: readonly ScreenName[] = ['categories', 'keys'];

/** The domain that is looked at, and the others that may be. */
export function domainChoice(
  domains: DomainLine[],
  chosen: string,
  choose: (choice: HTMLSelectElement) => unknown,
) {
  const words = consoleWords();
  if (domains.length < 2) return html`<strong>${domains[0]?.name ?? ''}</strong>`;
  const tree = below(domains);
  const lines = (parent: string | null, depth: number): { of: DomainLine; depth: number }[] =>
    (tree.get(parent) ?? []).flatMap((of) => [{ of, depth }, ...lines(of.domainId, depth + 1)]);
  return html`<label class="hidden" for="domain">${words.viewing}</label>
    <select id="domain" @change=${(e: Event) => choose(e.target as HTMLSelectElement)}>
      ${lines(null, 0).map(
        ({ of, depth }) =>
          html`<option value=${of.domainId} .selected=${of.domainId === chosen}>
            ${'\u00a0\u00a0'.repeat(depth)}${of.name}
          </option>`,
      )}
    </select>`;
}

/** The list of screens; where there is little room, behind a button. */
export function ways(current: ScreenName, open: boolean, toggle: () => unknown) {
  const words = consoleWords();
  return html`<nav class="ways ${open ? 'open' : ''}" aria-label=${words.ways}>
    <button class="menu" aria-expanded=${open ? 'true' : 'false'} @click=${toggle}>${words.menu}</button>
    <ul>
      ${screenNames.map(
        (name) =>
          html`<li class=${GROUPS.includes(name) ? 'group' : ''}>
            <a href=${to(name)} aria-current=${name === current ? 'page' : nothing}>${words.screens[name]}</a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** Paused is what nobody must overlook, wherever he looks. */
export function pauseBanner({ connection, domain, domains }: Console, busy: boolean, resume: () => unknown) {
  if (connection.pausedAt === null) return nothing;
  const words = consoleWords();
  const above = connection.pausedIn !== null && connection.pausedIn !== domain.domainId;
  return note(
    'warn',
    html`<strong>${words.pausedBy(connection.pausedBy)}</strong> ${words.since} ${time(connection.pausedAt)}.
      ${words.kept(connection.waiting.rows)}
      ${above ? words.pausedAbove(nameOf(domains, connection.pausedIn ?? '')) : nothing}`,
    above
      ? nothing
      : html`<button aria-disabled=${busy ? 'true' : nothing} @click=${resume}>${words.resume}</button>`,
  );
}

/** Whose clock it is, for a district may lie in another zone than its reader. */
export function zoneLine() {
  const zone = new Intl.DateTimeFormat(locale(), { timeZoneName: 'long' })
    .formatToParts()
    .find(({ type }) => type === 'timeZoneName')?.value;
  return zone ? html`<p class="quiet small">${consoleWords().timesIn(zone)}</p>` : nothing;
}
