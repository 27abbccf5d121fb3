import { readFile } from 'node:fs/promises';
import { errorsDocument } from '../../scripts/errors-doc.ts';
import { outcomesDocument } from '../../scripts/outcomes-doc.ts';
import { preflightDocument } from '../../scripts/preflight-doc.ts';
import { errorCodes } from '../../src/gradebook/dictionary.ts';
import { problemCodes } from '../../src/http/problem-texts.ts';

const written = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/errors.md is the dictionary as it is (node scripts/errors-doc.ts)', async () => {
  expect(await written('errors.md')).toBe(errorsDocument());
});

test('docs/outcomes.md is the outcome table as it is (node scripts/outcomes-doc.ts)', async () => {
  expect(await written('outcomes.md')).toBe(outcomesDocument());
});

test('docs/preflight.md is the rules as they are (node scripts/preflight-doc.ts)', async () => {
  expect(await written('preflight.md')).toBe(preflightDocument());
});

test('every code has one anchor in docs/errors.md, and every link to it leads somewhere', () => {
  const anchors = [...errorsDocument().matchAll(/<a id="(\w+)">/g)].map(([, code]) => code);
  expect([...new Set(anchors)].sort()).toEqual([...new Set<string>([...errorCodes, ...problemCodes])].sort());
  expect(anchors).toHaveLength(new Set(anchors).size);
  for (const [, code] of (outcomesDocument() + preflightDocument()).matchAll(/\(errors\.md#(\w+)\)/g))
    expect(anchors).toContain(code);
});
