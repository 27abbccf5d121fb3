/** What a person sees who is on the way in and does not get on: plain HTML, without a script. */
import type { Response } from 'express';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { escapeHtml, inline } from './html.ts';
import { requestIdOf } from './problem.ts';

/** Not let in: for a person, who reads a page instead of problem+json. */
export class NotLetIn extends Error {
  readonly reason: Reason;
  readonly status: number;
  constructor(reason: Reason, status = 403) {
    super(reason.code);
    this.reason = reason;
    this.status = status;
  }
}

/** `up`: from the page's path to where the styles are. */
export function sendReason(res: Response, { reason, status }: NotLetIn, up: string): void {
  const { code, message, fix } = explain(reason);
  sendPage(res, status, up, message, [fix, `${code} · ${requestIdOf(res)}`]);
}

export function sendWords(res: Response, status: number, up: string, title: string, text: string): void {
  sendPage(res, status, up, title, [text, requestIdOf(res)]);
}

function sendPage(
  res: Response,
  status: number,
  up: string,
  title: string,
  [text = '', small = '']: string[],
) {
  // Nothing here can be pressed, and nothing is said that its reader does not know: any site may frame it.
  frameable(res, 'everybody');
  send(res, status, up, title, `<p>${inline(text)}</p>\n<p class="small">${escapeHtml(small)}</p>`);
}

/** Which of several domains somebody wants to administer. */
export function sendChoice(res: Response, up: string, choices: { name: string; href: string }[]): void {
  const links = choices.map(
    ({ name, href }) => `<li><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></li>`,
  );
  send(res, 200, up, 'Where do you want to sign in?', `<ul>${links.join('')}</ul>`);
}

export function sendForm(res: Response, up: string): void {
  // After the form comes the provider, whoever that is: Chromium holds redirects against form-action too.
  const policy = String(res.getHeader('Content-Security-Policy'));
  res.set('Content-Security-Policy', policy.replace(/form-action [^;]*;?/, ''));
  const form = `<form action="sign-in" method="get">
<p><label for="domain">Id of your district or school</label></p>
<p><input id="domain" name="domain" required maxlength="255" autocomplete="organization"></p>
<p><button>Sign in</button></p>
</form>`;
  send(res, 200, up, 'Sign in to grade sync', form);
}

function send(res: Response, status: number, up: string, title: string, content: string): void {
  res.set('Cache-Control', 'no-store');
  res.status(status).type('html').send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Grade sync</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}sign-in.css">
</head>
<body>
<main>
<h1>${inline(title)}</h1>
${content}
</main>
</body>
</html>
`);
}

/** What is an origin to a URL may hold a semicolon, which ends the directive, or an asterisk, which means everybody. */
const plainOrigin = /^https?:\/\/[\w.-]+(:\d+)?$|^https?:\/\/\[[\da-f:]+\](:\d+)?$/i;

/** Lets these sites show the page in a frame. */
export function frameable(res: Response, sites: string[] | 'everybody'): void {
  const ancestors = sites === 'everybody' ? ['*'] : sites.filter((site) => plainOrigin.test(site));
  if (ancestors.length === 0) return;
  const policy = String(res.getHeader('Content-Security-Policy'));
  const directive = `frame-ancestors ${ancestors.join(' ')}`;
  res.set('Content-Security-Policy', policy.replace(/frame-ancestors [^;]*/, directive));
  res.removeHeader('X-Frame-Options');
}

export const signInStyle = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 36rem; margin: 0 auto; padding: 2rem 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; }
.small { font: 0.85rem/1.5 ui-monospace, monospace; opacity: 0.75; }
input, button { font: inherit; padding: 0.5rem 0.75rem; }
input { width: 100%; box-sizing: border-box; }
`;
