import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { openApiDocument, openApiYaml } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { edge } from './edge.ts';

/** Whatever JSON.parse answers. */
type Json = ReturnType<typeof JSON.parse>;

const text = readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8');

/** Every object in the document, with where it stands. */
function* objects(value: Json, at = '#'): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  yield [at, value];
  for (const [name, inner] of Object.entries(value))
    yield* objects(inner, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

test('A44: openapi.yaml is what the routes say today (npm run openapi)', () => {
  expect(text === openApiYaml()).toBe(true);
});

test('is served to anybody as it stands in the file', async () => {
  const answer = await edge().anonymous.get('/openapi.yaml').buffer();
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/yaml/);
  expect(answer.text ?? String(answer.body)).toBe(text);
});

test('names every route once, with an operationId of its own', () => {
  const document = parse(text);
  const documented = Object.entries(document.paths).flatMap(([path, item]: [string, Json]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(documented.sort()).toEqual(routes.map((r) => `${r.method} ${r.path}`).sort());
  expect(new Set(routes.map((r) => r.operationId)).size).toBe(routes.length);
});

test('declares every id of every path, and no other', () => {
  for (const [path, item] of Object.entries<Json>(parse(text).paths))
    for (const operation of Object.values<Json>(item)) {
      const declared = (operation.parameters ?? [])
        .filter((p: Json) => p.in === 'path')
        .map((p: Json) => p.name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]));
    }
});

test('refers only to what is there', () => {
  const all = new Map(objects(parse(text)));
  for (const [at, object] of all)
    if (typeof object.$ref === 'string') expect([at, all.has(object.$ref)]).toEqual([at, true]);
});

test('holds only schemas that a JSON Schema validator accepts', () => {
  const document: Json = openApiDocument();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...JSON.parse(JSON.stringify(document)) });
  for (const name of Object.keys(document.components.schemas))
    expect(() => ajv.compile({ $ref: `api#/components/schemas/${name}` })).not.toThrow();
});

test('a row of a batch may leave out what a single result may leave out', () => {
  const { schemas } = parse(text).components;
  expect(schemas['ResultInput'].required).toBeUndefined();
  expect(schemas['BatchRow'].required).toEqual(['lineItemId', 'studentId']);
});

test('never shows a field of a stored secret in an answer', () => {
  const shown = JSON.stringify(parse(text).components.schemas['SettingsAnswer']);
  expect(shown).toContain('clientSecretSet');
  expect(shown).not.toMatch(/"(clientSecret|accessToken)":/);
});
