/** One operation on the page of the API: who may call it, what it takes, what it answers, how it may be refused. */
import { curlOf, exampleOf, type Schemas } from './docs-example.ts';
import { about, fieldsOf, kindOf, limitsOf, type Schema, schemaName } from './docs-schema.ts';
import { breakable, escapeHtml } from './html.ts';
import { codeLink, withCodes } from './docs-text.ts';

export interface PageOperation {
  method: string;
  path: string;
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: unknown[];
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema; example?: unknown }> };
  responses: Record<string, Response>;
}
interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}
interface Response {
  description: string;
  headers?: Record<string, { description?: string }>;
  content?: Record<string, { schema: Schema }>;
}
interface Named {
  schemas: Schemas;
  parameters: Record<string, object>;
}

export function operationArticle(operation: PageOperation, named: Named): string {
  const { operationId, method, path, summary, description } = operation;
  const parameters = (operation.parameters ?? []).map((parameter) =>
    '$ref' in parameter ? (named.parameters[schemaName(parameter.$ref)] as Parameter) : parameter,
  );
  return `<article id="${operationId}" class="operation">
<h3><a href="#${operationId}"><span class="method ${method}">${method.toUpperCase()}</span> <code>${breakable(path)}</code></a></h3>
<p><strong>${withCodes(summary)}.</strong> ${withCodes(description)}</p>
${parametersOf(parameters)}${bodyOf(operation, named.schemas)}${answersOf(operation)}
<details><summary>Example</summary><pre tabindex="0"><code>${escapeHtml(example(operation, parameters, named.schemas))}</code></pre></details>
</article>`;
}

function parametersOf(parameters: Parameter[]): string {
  if (parameters.length === 0) return '';
  const places: Record<string, string> = { path: 'in the path', query: 'query', header: 'header' };
  const items = parameters.map(({ name, in: place, required, description, schema }) => {
    const need = required ? ' <strong class="need">required</strong>' : '';
    const limits = limitsOf(schema).join(' · ');
    return `<li><code class="name">${escapeHtml(name)}</code> <span class="kind">${places[place] ?? escapeHtml(place)}, ${kindOf(schema)}</span>${need}${
      description === undefined ? '' : `<p>${withCodes(description)}</p>`
    }${limits === '' ? '' : `<p class="limits">${limits}</p>`}</li>`;
  });
  return `<h4>Parameters</h4><ul class="fields">${items.join('')}</ul>`;
}

function bodyOf({ requestBody }: PageOperation, schemas: Schemas): string {
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (type === undefined || content === undefined) return '';
  const { schema } = content;
  const shown = schema.$ref === undefined ? schema : (schemas[schemaName(schema.$ref)] ?? {});
  const kind = schema.$ref !== undefined || !shown.properties ? `${kindOf(schema)}, ` : '';
  const empty = shown.properties && Object.keys(shown.properties).length === 0 ? '<p>No fields.</p>' : '';
  return `<h4>Body</h4><p class="kind">${kind}${escapeHtml(type)}${requestBody?.required ? '' : ', may be left out'}</p>${empty}${about(shown)}`;
}

function answersOf({ responses, method, path, security }: PageOperation): string {
  const entries = Object.entries(responses).filter(([status]) => status !== 'default');
  const items = entries.map(([status, { description, headers, content }]) => {
    const [type, body] = Object.entries(content ?? {})[0] ?? [];
    const kind = body === undefined ? '' : bodyKind(type ?? '', body.schema);
    const heads = Object.entries(headers ?? {}).map(
      ([name, header]) =>
        `<p>Header <code>${escapeHtml(name)}</code>: ${withCodes(header.description ?? '')}</p>`,
    );
    return `<dt>${escapeHtml(status)}</dt><dd>${withCodes(description)}${kind}${heads.join('')}</dd>`;
  });
  const codes = [
    ...(security?.length === 0 ? [] : ['UNAUTHENTICATED', 'FORBIDDEN', 'TOO_MANY_REQUESTS']),
    'VALIDATION',
    ...(path.includes('{') ? ['NOT_FOUND'] : []),
    ...(method === 'get' ? [] : ['PAYLOAD_TOO_LARGE']),
  ].sort();
  const refused = `<dt>4xx, 5xx</dt><dd><a href="#schema-Problem">Problem</a> with one of <a href="/docs/errors">the codes</a>, among them ${codes.map(codeLink).join(', ')}</dd>`;
  return `<h4>Answers</h4><dl>${items.join('')}${refused}</dl>`;
}

function bodyKind(type: string, schema: Schema): string {
  if (schema.format === 'binary') return ` <span class="kind">file, ${escapeHtml(type)}</span>`;
  const anonymous = schema.properties ? 'object' : kindOf(schema);
  return ` <span class="kind">${anonymous}</span>${fieldsOf(schema)}`;
}

function example(operation: PageOperation, parameters: Parameter[], schemas: Schemas): string {
  const [bodyType, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content && (content.example ?? exampleOf(content.schema, schemas));
  const empty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
  const answers = Object.values(operation.responses).flatMap(({ content: of }) => Object.entries(of ?? {}));
  return curlOf({
    method: operation.method,
    path: operation.path,
    ...(content && !(empty && !operation.requestBody?.required) ? { body, bodyType: bodyType ?? '' } : {}),
    anonymous: operation.security?.length === 0,
    query: parameters.filter((p) => p.in === 'query' && p.required).map((p) => p.name),
    keeps: answers.some(([, { schema }]) => schema.format === 'binary'),
    streams: answers.some(([type]) => type === 'text/event-stream'),
  });
}
