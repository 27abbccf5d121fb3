import { bodyExamples } from '../../src/http/body-examples.ts';
import { curlOf, exampleOf, type Schemas } from '../../src/http/docs-example.ts';
import { about, kindOf, limitsOf, type Schema } from '../../src/http/docs-schema.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { edge } from './edge.ts';

const read = async (path: string) => edge().anonymous.get(path);
let html: string;
beforeAll(async () => {
  html = (await read('/docs')).text;
});
const withoutTags = (text: string) =>
  text
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ');

test('every operation stands on the page: where it is called, who may call it, and a link to it', () => {
  for (const route of routes) {
    const [, article = ''] = html.split(`<article id="${route.operationId}" class="operation">`);
    const text = withoutTags(article.slice(0, article.indexOf('</article>')));
    expect(text).toContain(`${route.method.toUpperCase()} ${route.path}`);
    expect(text).toContain(`${route.summary.replaceAll('`', '')}.`.replace(/\s+/g, ' '));
    expect(text).toContain(
      route.roles === 'anyone' ? 'Without authorization' : `Roles: ${route.roles.join(', ')}`,
    );
    for (const status of Object.keys(route.responses)) expect(article).toContain(`<dt>${status}</dt>`);
    for (const name of Object.keys(route.query?.shape ?? {}))
      expect(article).toContain(`<code class="name">${name}</code>`);
    expect(html).toContain(`<li><a href="#${route.operationId}">`);
  }
});

test('is read by anybody, asks nobody else for anything, and obeys the policy', async () => {
  const page = await read('/docs');
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['content-security-policy']).not.toContain('unsafe');
  expect(html).not.toMatch(
    /<style|\sstyle=|\son[a-z]+="|<script(?! type="module" src="\/docs\/filter\.js"><\/script>)/,
  );
  const asked = [...html.matchAll(/\s(?:src|href)="([^#"][^"]*)"/g)].map(([, to]) => to ?? '');
  expect(asked.filter((to) => !to.startsWith('/') || to.startsWith('//'))).toEqual([]);
  const types = { '/docs/api.css': /^text\/css/, '/docs/filter.js': /^text\/javascript/ };
  for (const [path, type] of Object.entries(types)) {
    const file = await read(path);
    expect([path, file.status, file.headers['content-type']]).toEqual([
      path,
      200,
      expect.stringMatching(type),
    ]);
    expect(file.text).not.toMatch(/https?:|url\(|@import|import\(/);
  }
  expect((await edge().anonymous.post('/docs')).status).toBe(405);
});

test('every link leads somewhere, and no anchor stands twice', async () => {
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  expect(ids).toHaveLength(new Set(ids).size);
  const inside = new Set([...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id));
  expect([...inside].filter((id) => !ids.includes(id))).toEqual([]);
  const errors = (await read('/docs/errors')).text;
  const codes = new Set([...html.matchAll(/href="\/docs\/errors#([^"]+)"/g)].map(([, code]) => code));
  expect(codes.size).toBeGreaterThan(5);
  expect([...codes].filter((code) => !errors.includes(`id="${code}"`))).toEqual([]);
  const others = new Set([...html.matchAll(/href="(\/[^"#]*)/g)].map(([, path]) => path ?? ''));
  for (const path of others) expect([path, (await read(path)).status]).toEqual([path, 200]);
});

test('is well-formed, with headings in order and a name for each part', () => {
  const open: string[] = [];
  const alone = new Set(['meta', 'link', 'input', 'wbr']);
  for (const [, end, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*)?>/g)) {
    if (end) expect([name, open.pop()]).toEqual([name, name]);
    else if (!alone.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
  const levels = [...html.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
  expect(levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
});

describe('the example of a body', () => {
  const document = openApiDocument();
  const named = document.components?.schemas as Schemas;
  const withBody = routes.filter((route) => route.body && !route.bodyType);

  test.each(withBody.map((route) => [route.operationId, route] as const))(
    '%s is taken (where none can be made of the schema: body-examples.ts)',
    (_operationId, route) => {
      const operation = (document.paths?.[route.path] as Record<string, Json>)[route.method];
      const { schema, example = exampleOf(schema as Schema, named) } =
        operation.requestBody.content['application/json'];
      expect(route.body?.safeParse(example).error?.issues).toBeUndefined();
    },
  );

  test('that was written by hand belongs to an operation that is there', () => {
    const ids = withBody.map((route) => route.operationId);
    expect(Object.keys(bodyExamples).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
type Json = ReturnType<typeof JSON.parse>;

test('an example for curl can be pasted, whatever stands in the body', () => {
  const request = {
    method: 'put',
    path: '/v1/domains/{domainId}/x/{someThingId}',
    anonymous: false,
    query: [],
    keeps: false,
    streams: false,
  };
  expect(curlOf({ ...request, body: { name: `O'Neill & "Sons"` }, bodyType: 'application/json' })).toBe(
    [
      'curl -X PUT "$URL/v1/domains/lakeside/x/$SOME_THING_ID" \\',
      '  -H "Authorization: Bearer $KEY" \\',
      '  -H "Content-Type: application/json" \\',
      `  -d '{\n  "name": "O'\\''Neill & \\"Sons\\""\n}'`,
    ].join('\n'),
  );
});

test('an example of a file keeps it, one of a stream shows it as it comes', () => {
  const article = (id: string) => html.split(`<article id="${id}"`)[1]?.split('</article>')[0] ?? '';
  expect(article('exportClass')).toMatch(/\\\n {2}-OJ<\/code>/);
  expect(article('followSync')).toMatch(/\\\n {2}-N<\/code>/);
});

describe('a schema in words', () => {
  test('says kind, limits and what is inside', () => {
    expect(kindOf({ anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] })).toBe('date or null');
    expect(kindOf({ type: 'array', items: { $ref: '#/components/schemas/Sync' } })).toBe(
      'list of <a href="#schema-Sync">Sync</a>',
    );
    expect(kindOf({ type: 'object', additionalProperties: { type: 'integer' } })).toBe(
      'object: each name → integer',
    );
    expect(limitsOf({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 10 })).toEqual([
      'at least 0',
      'default <code>10</code>',
    ]);
    const nested: Schema = {
      required: ['one'],
      properties: {
        one: {
          type: 'object',
          properties: { two: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] } },
        },
      },
    };
    expect(withoutTags(about(nested))).toBe('one object requiredtwo string or nullat most 5 characters');
  });

  test('shows signs of HTML instead of obeying them', () => {
    const text = about({ description: '<b>bold</b>', properties: { '<i>': { enum: ['<script>'] } } });
    expect(text).not.toMatch(/<(b|i|script)>/);
    expect(withoutTags(text)).toContain('<b>bold</b>');
  });
});
