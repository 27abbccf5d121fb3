/** What stands where a page is not open: why, and the way in. */
import { html, nothing, type TemplateResult } from 'lit';
import { commonWords } from './messages/common.ts';

/** How it stands with what opens a page: its link, the browser's session, or the LMS around it. */
export type Link = 'opening' | 'open' | 'none' | 'used' | 'unreachable' | 'noToken';

export interface Door {
  /** one may also sign in here */
  signsIn: boolean;
  tryAgain: () => void;
}

export function door(link: Exclude<Link, 'open'>, { signsIn, tryAgain }: Door): TemplateResult {
  const words = commonWords().door;
  if (link === 'opening') return html`<p class="card quiet" aria-busy="true">${words.opening}</p>`;
  if (link === 'unreachable' || link === 'noToken') {
    const isAway = link === 'unreachable';
    return html`<section class="card stack" role="alert">
      <h1>${isAway ? words.unreachable : words.noToken}</h1>
      <p>${isAway ? words.unreachableFix : words.noTokenFix}</p>
      <p><button class="primary" @click=${tryAgain}>${commonWords().tryAgain}</button></p>
    </section>`;
  }
  const used = link === 'used';
  return html`<section class="card stack">
    <h1>${used ? words.used : words.none}</h1>
    <p>${used ? words.usedWhy : words.noneWhy} ${words.goBack}</p>
    ${signsIn ? html`<p><a href="sign-in">${words.signIn}</a></p>` : nothing}
  </section>`;
}
