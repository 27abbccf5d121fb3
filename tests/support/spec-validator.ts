/**
 * Checks bodies against the official OpenAPI files of OneRoster 1.2, which are test data and no part of this
 * repository. Where they are absent, every check passes and one line on the console says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

interface Media {
  content?: { 'application/json'?: { schema: { $ref: string } } };
}
interface Operation {
  requestBody?: Media;
  responses: Record<string, Media>;
}
interface OpenApiFile {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}
interface Loaded {
  api: OpenApiFile;
  compile: (pointer: string) => ValidateFunction;
}
type ServiceName = 'gradebook' | 'rostering';

const folder = new URL('../../../shared/spec/', import.meta.url);
const files: Record<ServiceName, URL> = {
  gradebook: new URL('onerosterv1p2gradebookservice_openapi3_v1p0.json', folder),
  rostering: new URL('onerosterv1p2rostersservice_openapi3_v1p0.json', folder),
};

/** Whether the official files are there; a test may say so in its title. */
export const specAvailable = Object.values(files).every((file) => existsSync(file));

const loaded = new Map<ServiceName, Loaded>();
let said = false;

/** Errors of a request body against the official file; empty when it is valid. Paths may be templates or full URLs. */
export function validateBody(method: string, path: string, body: unknown): string[] {
  return check(path, (api, template) => {
    const operation = api.paths[template]?.[method.toLowerCase()];
    if (!operation) return { error: `${method} ${template} is no operation of the specification` };
    return operation.requestBody ? { media: operation.requestBody, body } : { empty: body };
  });
}

/** Errors of an answer against the official file; `body` is undefined where there was none. */
export function validateResponse(method: string, path: string, status: number, body: unknown): string[] {
  return check(path, (api, template) => {
    const operation = api.paths[template]?.[method.toLowerCase()];
    if (!operation) return { error: `${method} ${template} is no operation of the specification` };
    const media = operation.responses[status] ?? operation.responses['default'];
    if (!media || (status < 400 && !operation.responses[status]))
      return { error: `status ${status} is not described` };
    return media.content ? { media, body } : { empty: body };
  });
}

type Question = { error: string } | { empty: unknown } | { media: Media; body: unknown };

function check(path: string, ask: (api: OpenApiFile, template: string) => Question): string[] {
  if (!specAvailable) {
    if (!said) process.stderr.write('official file absent: bodies are not checked against OneRoster\n');
    said = true;
    return [];
  }
  const { api, compile } = load(path.includes('/rostering/') ? 'rostering' : 'gradebook');
  const template = templateOf(api, path);
  if (template === undefined) return [`${path} is no path of the specification`];
  const question = ask(api, template);
  if ('error' in question) return [question.error];
  if ('empty' in question) return question.empty === undefined ? [] : [`${template}: no body is specified`];
  const pointer = question.media.content?.['application/json']?.schema.$ref;
  if (pointer === undefined) return [];
  const validate = compile(pointer);
  if (validate(question.body)) return [];
  return (validate.errors ?? []).map(
    (e) => `${template} ${e.instancePath || '/'} ${e.message ?? ''} ${JSON.stringify(e.params)}`,
  );
}

function load(service: ServiceName): Loaded {
  const known = loaded.get(service);
  if (known) return known;
  const api = JSON.parse(readFileSync(files[service], 'utf8')) as OpenApiFile;
  // The files use nothing of OpenAPI 3.0 that JSON Schema reads otherwise (no nullable, no discriminator), so
  // their schemas are valid as they are; `strict` off only lets the surrounding document stand.
  const ajv = new Ajv({ allErrors: true, strict: false });
  formats.default(ajv);
  ajv.addSchema({ components: api.components }, service);
  const made: Loaded = { api, compile: (pointer) => ajv.getSchema(service + pointer) as ValidateFunction };
  loaded.set(service, made);
  return made;
}

/** The template that a path (with or without the service root, escapes and query) belongs to. */
function templateOf(api: OpenApiFile, path: string): string | undefined {
  const bare = path.replace(/\?.*$/, '').replace(/^.*\/v1p\d(?=\/)/, '');
  const segments = bare.split('/');
  return Object.keys(api.paths).find((template) => {
    const wanted = template.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((part, i) => part === segments[i] || (part.startsWith('{') && segments[i] !== ''))
    );
  });
}
