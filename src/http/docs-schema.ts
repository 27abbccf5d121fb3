/** A JSON Schema of our OpenAPI document in words: what kind of value, its limits, its fields one below the other. */
import { withCodes } from './docs-text.ts';
import { escapeHtml } from './html.ts';

/** What our schemas use of JSON Schema 2020-12. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  example?: unknown;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  writeOnly?: boolean;
}

export const schemaName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
export const schemaAnchor = (name: string): string => `schema-${name}`;

/** Its kind in a line: a link where it has a name, `list of …`, `… or null`. */
export function kindOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = escapeHtml(schemaName(schema.$ref));
    return `<a href="#${schemaAnchor(name)}">${name}</a>`;
  }
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' or ');
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (variants) return [...new Set(variants.map(kindOf))].join(schema.allOf ? ' and ' : ' or ');
  if (schema.items) return `list of ${kindOf(schema.items)}`;
  if (isMap(schema)) return `object: each name → ${kindOf(schema.additionalProperties)}`;
  const types = schema.type === undefined ? ['anything'] : [schema.type].flat();
  return types
    .map((type) => (type === 'string' && schema.format ? escapeHtml(schema.format) : type))
    .join(' or ');
}

/** What its value must keep to, as short phrases. */
export function limitsOf(schema: Schema): string[] {
  const { pattern, default: fallback } = schema;
  const limits = [
    between(schema.minLength, schema.maxLength, 'characters'),
    between(schema.minimum, schema.maximum, ''),
    between(schema.minItems, schema.maxItems, 'entries'),
    pattern === undefined ? null : `matches <code>${escapeHtml(pattern)}</code>`,
    fallback === undefined ? null : `default ${literal(fallback)}`,
    schema.writeOnly ? 'never answered' : null,
  ];
  return limits.filter((limit) => limit !== null);
}

/** The fields of an object as a list, those inside them as lists in it; '' where it has none. What has a name is linked. */
export function fieldsOf(schema: Schema): string {
  const { properties, required = [] } = schema;
  const own = Object.entries(properties ?? {}).map(([name, field]) => {
    const need = required.includes(name) ? ' <strong class="need">required</strong>' : '';
    return `<li><code class="name">${escapeHtml(name)}</code> <span class="kind">${kindOf(field)}</span>${need}${about(field)}</li>`;
  });
  if (own.length > 0) return `<ul class="fields">${own.join('')}</ul>`;
  if (schema.items) return fieldsOf(schema.items);
  if (isMap(schema)) return fieldsOf(schema.additionalProperties);
  const variants = (schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [])
    .map(fieldsOf)
    .filter((text) => text !== '');
  return variants.join('<p class="or">or</p>');
}

/** Everything to say of one value beside its name and kind. */
export function about(schema: Schema): string {
  const limits = narrowed(schema).flatMap(limitsOf);
  return [
    schema.description === undefined ? '' : `<p>${withCodes(schema.description)}</p>`,
    limits.length > 0 ? `<p class="limits">${[...new Set(limits)].join(' · ')}</p>` : '',
    fieldsOf(schema),
  ].join('');
}

/** The schema and what it says of a nullable value or of each entry. */
function narrowed(schema: Schema): Schema[] {
  const inner = (schema.anyOf ?? schema.oneOf ?? []).filter((variant) => !variant.properties);
  return [
    schema,
    ...inner.flatMap(narrowed),
    ...(schema.items && !schema.items.properties ? [schema.items] : []),
  ];
}

function isMap(schema: Schema): schema is Schema & { additionalProperties: Schema } {
  return typeof schema.additionalProperties === 'object' && !schema.properties;
}

/** zod says so of every whole number: the limits of JavaScript, which nobody has in mind */
const unlimited = (n: number | undefined) => n === undefined || Math.abs(n) >= Number.MAX_SAFE_INTEGER;

function between(min: number | undefined, max: number | undefined, of: string): string | null {
  const unit = of === '' ? '' : ` ${of}`;
  if (unlimited(min) && unlimited(max)) return null;
  if (unlimited(max)) return `at least ${min}${unit}`;
  if (unlimited(min) || (of !== '' && min === 0)) return `at most ${max}${unit}`;
  return `${min} to ${max}${unit}`;
}

const literal = (value: unknown): string => `<code>${escapeHtml(JSON.stringify(value))}</code>`;
