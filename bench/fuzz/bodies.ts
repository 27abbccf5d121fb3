/** From a JSON Schema to bodies that fit it, and from those to bodies that nearly do. */
import fc, { type Arbitrary } from 'fast-check';
import type { Api, Schema } from './api.ts';
import { dates, dateTimes, hostileJson, hostileTexts } from './values.ts';

/** Values that mean something to the service, by the name of the field or parameter that holds them. */
export type Known = (name: string) => readonly string[] | undefined;

/** A piece of JSON text inside of a value; no JSON that we make by ourselves begins so. */
const RAW = '\u0001raw:';
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replace(
    /"\\u0001raw:(\d+)"/g,
    (_all, at: string) => hostileJson[Number(at)] ?? 'null',
  );
const anyJson = fc.jsonValue({ maxDepth: 3 });
const rawJson = fc.nat(hostileJson.length - 1).map((at) => `${RAW}${at}`);

/** Bodies that the schema allows; whether the service can do what they say is another question. */
export function fitting(api: Api, schema: Schema, known: Known, name = '', depth = 0): Arbitrary<unknown> {
  const of = api.resolve(schema);
  const inner = (to: Schema, as = name) => fitting(api, to, known, as, depth + 1);
  if (of.const !== undefined) return fc.constant(of.const);
  if (of.enum) return fc.constantFrom(...of.enum);
  const some = of.anyOf ?? of.oneOf;
  if (some) return fc.oneof(...some.map((one) => inner(one)));
  if (Array.isArray(of.type)) return fc.oneof(...of.type.map((type) => inner({ ...of, type })));
  switch (of.type) {
    case 'string':
      return textFor(of, known(name));
    case 'integer':
      return fc.integer({ min: Math.max(of.minimum ?? -100, -1e9), max: Math.min(of.maximum ?? 1e6, 1e9) });
    case 'number':
      return numberFor(of);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const max = Math.min(of.maxItems ?? 4, 4);
      return fc.array(inner(of.items ?? {}), { minLength: Math.min(of.minItems ?? 0, max), maxLength: max });
    }
    case 'object':
      return objectFor(of, inner, known);
    default:
      return depth > 6 ? fc.constant(null) : fc.oneof(anyJson, rawJson);
  }
}

type Inner = (schema: Schema, name?: string) => Arbitrary<unknown>;
function objectFor(of: Schema, inner: Inner, known: Known): Arbitrary<unknown> {
  const properties = Object.entries(of.properties ?? {});
  const required = new Set(of.required ?? []);
  const fields = fc.tuple(
    ...properties.map(([key, schema]) => {
      const value = inner(schema, key).map((v) => [[key, v]] as [string, unknown][]);
      // of many fields a few: one that the service cannot do spoils the whole body
      return required.has(key)
        ? value
        : fc.oneof(
            { arbitrary: value, weight: properties.length > 8 ? 2 : 4 },
            { arbitrary: fc.constant<[string, unknown][]>([]), weight: properties.length > 8 ? 5 : 2 },
          );
    }),
  );
  const other = typeof of.additionalProperties === 'object' ? of.additionalProperties : null;
  const more = other
    ? fc.array(fc.tuple(textFor(of.propertyNames ?? {}, known('')), inner(other, '')), { maxLength: 4 })
    : fc.constant([]);
  // fromEntries defines, it does not assign: `__proto__` stays a field.
  return fc.tuple(fields, more).map(([own, rest]) => Object.fromEntries([...own.flat(), ...rest]));
}

function textFor(of: Schema, known: readonly string[] | undefined): Arbitrary<string> {
  if (of.format === 'date-time') return fc.constantFrom(...dateTimes);
  if (of.format === 'date') return fc.constantFrom(...dates);
  if (known && known.length > 0 && of.format !== 'uri')
    return fc.oneof(
      { arbitrary: fc.constantFrom(...known), weight: 4 },
      { arbitrary: plainText(of), weight: 1 },
    );
  if (of.format === 'uri')
    return fc.constantFrom(...(known ?? ['https://sis.invalid/ims/oneroster/gradebook/v1p2']));
  return plainText(of);
}

/** Arbitraries of texts are dear to make, and the same few are wanted for every request. */
const texts = new Map<string, Arbitrary<string>>();
function plainText(of: Schema): Arbitrary<string> {
  const key = `${of.minLength} ${of.maxLength} ${of.pattern}`;
  const made = texts.get(key) ?? newText(of);
  texts.set(key, made);
  return made;
}

function newText(of: Schema): Arbitrary<string> {
  if (of.pattern !== undefined) return fc.stringMatching(new RegExp(of.pattern));
  const min = of.minLength ?? 0;
  const max = of.maxLength ?? 1000;
  const hostile = hostileTexts.filter((text) => text.length >= min && text.length <= max);
  return fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: 'binary', minLength: min, maxLength: Math.min(max, min + 20) }),
    fc.constantFrom('Quiz 1', 'Übung', 'c1', 'hw').filter((text) => text.length <= max),
    fc.constant('x'.repeat(Math.min(max, 12_000))),
  );
}

function numberFor(of: Schema): Arbitrary<number> {
  const min = of.minimum ?? -1e12;
  const max = of.maximum ?? 1e12;
  const odd = [0, 1, 0.1 + 0.2, 91.456, 1e-7, 5e-324, 1e9, -1e9, -0].filter((n) => n >= min && n <= max);
  return fc.oneof(fc.constantFrom(...odd, min, max), fc.double({ min, max, noNaN: true }));
}

/** A body that was changed in one to three places: mostly wrong, sometimes still right. */
export function spoiled(body: Arbitrary<unknown>): Arbitrary<unknown> {
  const value = fc.oneof(rawJson, fc.constantFrom(...hostileTexts), anyJson);
  const change = fc.record({
    how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'wrap'),
    at: fc.nat(),
    name: fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'tenantId', 'id', 'role', 'domainId', 'toJSON'),
      fc.constantFrom(...hostileTexts),
    ),
    value,
  });
  return fc
    .tuple(body, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([whole, changes]) => changes.reduce<unknown>(changed, whole));
}

interface Change {
  how: string;
  at: number;
  name: string;
  value: unknown;
}
function changed(whole: unknown, { how, at, name, value }: Change): unknown {
  const places = placesIn(whole);
  const path = places[at % places.length] ?? [];
  const apply = (node: unknown, rest: readonly (string | number)[]): unknown => {
    const [step, ...further] = rest;
    if (step === undefined) {
      if (how === 'wrap') return [node];
      if (how === 'add' && isObject(node))
        return Object.fromEntries([...Object.entries(node), [name, value]]);
      return value;
    }
    if (Array.isArray(node)) {
      const items = [...(node as unknown[])];
      if (how === 'remove' && further.length === 0) items.splice(Number(step), 1);
      else items[Number(step)] = apply(items[Number(step)], further);
      return items;
    }
    const fields = Object.entries(node as object) as [string, unknown][];
    return Object.fromEntries(
      fields.flatMap(([key, field]): [string, unknown][] => {
        if (key !== step) return [[key, field]];
        return how === 'remove' && further.length === 0 ? [] : [[key, apply(field, further)]];
      }),
    );
  };
  return apply(whole, path);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function placesIn(node: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const here = [path];
  if (path.length > 5 || typeof node !== 'object' || node === null) return here;
  const inside: [string | number, unknown][] = Array.isArray(node)
    ? (node as unknown[]).slice(0, 5).map((item, i) => [i, item])
    : Object.entries(node);
  return here.concat(...inside.map(([step, item]) => placesIn(item, [...path, step])));
}
