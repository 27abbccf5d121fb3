/**
 * /docs: the API for people, made from the same document as openapi.yaml. One page without anything from elsewhere: its
 * style and the few lines that filter it are files of our own, for the policy allows none inside. Anonymous.
 */
import type { Router } from 'express';
import { filterScript, style } from './docs-assets.ts';
import { operationArticle, type PageOperation } from './docs-operation.ts';
import { about, kindOf, type Schema, schemaAnchor } from './docs-schema.ts';
import { withCodes } from './docs-text.ts';
import { fixedTexts } from './fixed-texts.ts';
import { breakable, escapeHtml } from './html.ts';
import { openApiDocument } from './openapi.ts';

export function docsPage(): Router {
  return fixedTexts([
    { path: '/docs', type: 'html', text: () => apiPage(openApiDocument() as unknown as ApiDocument) },
    { path: '/docs/api.css', type: 'css', text: () => style },
    { path: '/docs/filter.js', type: 'js', text: () => filterScript },
  ]);
}

/** What the page reads of the OpenAPI document. */
export interface ApiDocument {
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Omit<PageOperation, 'method' | 'path'>>>;
  components: { schemas: Record<string, Schema>; parameters: Record<string, object> };
}

/** The whole page. */
export function apiPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): PageOperation => ({ ...operation, method, path })),
  );
  const tags = [...new Set(operations.flatMap(({ tags }) => tags))];
  const sections = tags.map((tag) => ({ tag, of: operations.filter(({ tags }) => tags.includes(tag)) }));
  const schemas = Object.entries(document.components.schemas).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of ${escapeHtml(title)}</title>
<link rel="stylesheet" href="/docs/api.css">
<script type="module" src="/docs/filter.js"></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<h1>API of ${escapeHtml(title)}</h1>
<p>Version ${escapeHtml(version)} · <a href="/openapi.yaml">openapi.yaml</a> · <a href="/docs/errors">all errors and reasons</a></p>
</header>
<nav aria-label="Operations">
<search hidden><label for="filter">Filter</label> <input type="search" id="filter" placeholder="syncs, POST, teacher …" autocomplete="off"><p id="found" role="status"></p></search>
<ul>
${sections.map(({ tag, of }) => `<li><a href="#${tagAnchor(tag)}">${escapeHtml(tag)}</a>\n<ul>${of.map(entry).join('\n')}</ul></li>`).join('\n')}
<li><a href="#schemas">Objects</a></li>
</ul>
</nav>
<main id="content" tabindex="-1">
<p>${withCodes(description)}</p>
<p>In the examples <code>$URL</code> is the address of this service and <code>$KEY</code> an API key or a person’s token.</p>
${sections.map(({ tag, of }) => `<section aria-labelledby="${tagAnchor(tag)}">\n<h2 id="${tagAnchor(tag)}">${escapeHtml(tag)}</h2>\n${of.map((one) => operationArticle(one, document.components)).join('\n')}\n</section>`).join('\n')}
<section aria-labelledby="schemas">
<h2 id="schemas">Objects</h2>
${schemas.map(([name, schema]) => schemaArticle(name, schema)).join('\n')}
</section>
</main>
</body>
</html>
`;
}

function entry({ method, path, operationId }: PageOperation): string {
  return `<li><a href="#${operationId}"><span class="method">${method.toUpperCase()}</span> ${breakable(path)}</a></li>`;
}

function schemaArticle(name: string, schema: Schema): string {
  const kind = schema.properties ? 'object' : kindOf(schema);
  return `<article id="${schemaAnchor(escapeHtml(name))}"><h3><a href="#${schemaAnchor(escapeHtml(name))}">${escapeHtml(name)}</a></h3>
<p class="kind">${kind}</p>${about(schema)}</article>`;
}

const tagAnchor = (tag: string) => `tag-${tag.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
