/**
 * /docs/errors: where the `type` of every problem leads, and what a person may look up. Plain HTML without a script,
 * made once from the error dictionary; its style is a file of its own, for the policy allows none inside. Anonymous.
 */
import type { Router } from 'express';
import { type ErrorEntry, errorSections, introduction } from './error-sections.ts';
import { fixedTexts } from './fixed-texts.ts';
import { inline } from './html.ts';

export function errorsPage(): Router {
  return fixedTexts([
    { path: '/docs/errors', type: 'html', text: page },
    { path: '/docs/errors.css', type: 'css', text: () => style },
  ]);
}

function page(): string {
  const sections = errorSections().map(
    ({ title, entries }) => `<h2>${inline(title)}</h2>\n${entries.map(article).join('\n')}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${inline(introduction.title)}</title>
<link rel="stylesheet" href="errors.css">
</head>
<body>
<main>
<h1>${inline(introduction.title)}</h1>
${introduction.text.map((text) => `<p>${inline(text)}</p>`).join('\n')}
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function article({ code, headline, means, facts }: ErrorEntry): string {
  const lines = facts.map(([label, text]) => `<dt>${inline(label)}</dt><dd>${inline(text)}</dd>`);
  return `<article id="${code}">
<h3><a href="#${code}">${code}</a></h3>
<p><strong>${inline(headline)}</strong> ${inline(means)}</p>
<dl>${lines.join('')}</dl>
</article>`;
}

const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 48rem; margin: 0 auto; padding: 1.5rem; }
h2 { margin-top: 3rem; }
h3 { margin: 2rem 0 0; font: 600 1rem/1.5 ui-monospace, monospace; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover, h3 a:focus-visible { text-decoration: underline; }
article:target { outline: 2px solid; outline-offset: 0.5rem; }
p { margin: 0.25rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; margin: 0.25rem 0; }
dd { margin: 0; }
code { font-family: ui-monospace, monospace; }
`;
