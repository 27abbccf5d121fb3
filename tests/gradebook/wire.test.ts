import fc from 'fast-check';
import { z } from 'zod';
import { buildLineItem } from '../../src/gradebook/line-item.ts';
import { buildResult } from '../../src/gradebook/result.ts';
import { settingFields } from '../../src/gradebook/settings.ts';
import { differing, lineItemValues } from '../../src/gradebook/values.ts';
import { wireForm, wireLineItem, wireResult, type WireForm } from '../../src/gradebook/wire.ts';
import { validateBody } from '../support/spec-validator.ts';
import { aClass, aLineItem, anyClass, anyLineItem, anyResult, aResult } from './facts.ts';

const plain: WireForm = { version: '1.2', references: 'full', scoreDateForm: 'date' };
const lineItem = (over: Parameters<typeof aClass>[0] = {}, form: WireForm = plain) => {
  const built = buildLineItem(aClass(over), aLineItem());
  if (built.action !== 'body') throw new Error(built.action);
  return wireLineItem(built.body, form);
};
const result = (form: WireForm, over = {}) => {
  const cls = aClass({ oneRosterVersion: form.version });
  const built = buildResult(cls, aLineItem(), 'sis-li', aResult({ late: true, ...over }));
  if (built.action !== 'body') throw new Error(built.action);
  return wireResult(built.body, form);
};

test('OneRoster 1.2 as specified is what we hold anyway', () => {
  expect(Object.keys(lineItem())).toContain('school');
  expect(result(plain)).toMatchObject({ late: 'true', class: { type: 'class' }, scoreDate: '2026-10-05' });
});

test('OneRoster 1.1 gets no school, no class in results and no flags, but its grading period and points', () => {
  const at = { oneRosterVersion: '1.1' as const };
  const item = lineItem(at, { ...plain, version: '1.1' });
  expect(item).not.toHaveProperty('school');
  expect(item).toMatchObject({
    gradingPeriod: { sourcedId: 'q1', type: 'academicSession' },
    resultValueMin: 0,
    resultValueMax: 100,
  });
  const sent = result({ ...plain, version: '1.1' });
  for (const field of ['class', 'late', 'missing']) expect(sent).not.toHaveProperty(field);
  expect(sent).toMatchObject({ score: 87.5, scoreStatus: 'fully graded' });
});

test.each([
  ['full', ['href', 'sourcedId', 'type']],
  ['idAndType', ['sourcedId', 'type']],
  ['idOnly', ['sourcedId']],
] as const)('references are as complete as the setting says: %s', (references, keys) => {
  const item = lineItem({}, { ...plain, references });
  for (const name of ['class', 'school', 'category'])
    expect(Object.keys(item[name] as object).sort()).toEqual(keys);
});

test('the date of a score can be a date and time, on the same day wherever it is read', () => {
  const sent = result({ ...plain, scoreDateForm: 'dateTime' }, { scoreDate: '2026-10-21' });
  expect(sent).toMatchObject({ scoreDate: '2026-10-21T12:00:00.000Z' });
});

const anyForm: fc.Arbitrary<WireForm> = fc.record({
  version: fc.constantFrom('1.1' as const, '1.2' as const),
  references: fc.constantFrom(...settingFields.references.options),
  scoreDateForm: fc.constantFrom(...settingFields.scoreDateForm.options),
});
const anyBodies = fc.tuple(anyClass, anyLineItem, anyResult, anyForm).map(([cls, li, r, form]) => {
  const of = { ...cls, oneRosterVersion: form.version };
  return { form, item: buildLineItem(of, li), result: buildResult(of, li, 'sis-li', r) };
});

test('written twice is written once', () => {
  fc.assert(
    fc.property(anyBodies, ({ form, item, result }) => {
      if (item.action === 'body') {
        const once = wireLineItem(item.body, form);
        expect(wireLineItem(once, form)).toEqual(once);
      }
      if (result.action === 'body') {
        const once = wireResult(result.body, form);
        expect(wireResult(once, form)).toEqual(once);
      }
    }),
  );
});

test('with full references and a plain date, 1.2 is valid by the official schema', () => {
  fc.assert(
    fc.property(anyBodies, ({ item, result }) => {
      if (item.action === 'body' && item.body.school)
        expect(validateBody('PUT', '/lineItems/x', { lineItem: wireLineItem(item.body, plain) })).toEqual([]);
      if (result.action === 'body')
        expect(validateBody('PUT', '/results/x', { result: wireResult(result.body, plain) })).toEqual([]);
    }),
  );
});

/** What OneRoster 1.1 has of the two objects, and requires of them. */
const ref = z.strictObject({
  sourcedId: z.string(),
  href: z.string().optional(),
  type: z.string().optional(),
});
const base = { sourcedId: z.string(), status: z.literal('active'), dateLastModified: z.iso.datetime() };
const LineItem1p1 = z.strictObject({
  ...base,
  title: z.string(),
  description: z.string().optional(),
  assignDate: z.iso.datetime(),
  dueDate: z.iso.datetime(),
  class: ref,
  category: ref,
  gradingPeriod: ref,
  resultValueMin: z.number(),
  resultValueMax: z.number(),
  metadata: z.record(z.string(), z.string()).optional(),
});
const Result1p1 = z.strictObject({
  ...base,
  lineItem: ref,
  student: ref,
  scoreStatus: z.enum(['exempt', 'fully graded', 'not submitted', 'partially graded', 'submitted']),
  score: z.number(),
  scoreDate: z.string(),
  comment: z.string().optional(),
});

test('whatever the class and its scores, what 1.1 gets is valid 1.1', () => {
  let bodies = 0;
  fc.assert(
    fc.property(anyClass, anyLineItem, anyResult, (cls, li, r) => {
      const of = { ...cls, oneRosterVersion: '1.1' as const };
      const item = buildLineItem(of, li);
      const result = buildResult(of, li, 'sis-li', r);
      if (item.action === 'body') LineItem1p1.parse(wireLineItem(item.body, wireForm(of)));
      if (result.action !== 'body') return;
      bodies++;
      Result1p1.parse(wireResult(result.body, wireForm(of)));
    }),
    { numRuns: 300 },
  );
  expect(bodies).toBeGreaterThan(20);
});

test('noon of UTC is the same day again when an SIS shows the day alone, however far east the school is', () => {
  const zone = 'Pacific/Auckland';
  const cls = aClass({ timeZone: zone, gradingPeriods: [] }, { dueDateForm: 'noonUtc' });
  const built = buildLineItem(cls, aLineItem({ dueDate: new Date('2026-12-18T10:59:00Z') }));
  if (built.action !== 'body') throw new Error(built.action);
  expect(built.body.dueDate).toBe('2026-12-18T12:00:00.000Z');
  const differs = (dueDate: string) => differing(lineItemValues(built.body), { dueDate }, zone);
  expect(differs('2026-12-18')).toEqual([]);
  expect(differs('2026-12-20')).toEqual(['dueDate']);
});
