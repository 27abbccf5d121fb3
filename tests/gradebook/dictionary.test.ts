import { readdir, readFile } from 'node:fs/promises';
import { dictionary, errorCodes, explain } from '../../src/gradebook/dictionary.ts';

test('every placeholder stands in a part that can be left out', () => {
  for (const code of errorCodes) {
    expect(dictionary[code].message.replace(/\[[^\]]*\]/g, '')).not.toMatch(/[{}[\]]/);
    expect(explain({ code }).message).toMatch(/^[A-Z].*[.!?]$/);
  }
});

test('nobody reads protocol words', () => {
  for (const { message, means, fix } of Object.values(dictionary))
    expect(`${message} ${means} ${fix}`).not.toMatch(
      /\b(API|HTTP|JSON|PUT|lineItem|sourcedId|payload|token endpoint|null|OAuth|UUID|endpoint)\b/,
    );
});

test('what someone has to do is said wherever someone has to do it', () => {
  for (const entry of Object.values(dictionary)) {
    expect(entry.means).toMatch(/\.$/);
    expect(entry.fix).toMatch(/\.$/);
    if (entry.fixBy === 'nobody') expect(entry.fix).toMatch(/^Nothing has to be done/);
  }
});

test('a message is filled with the facts that are known', () => {
  expect(explain({ code: 'TITLE_TOO_LONG', params: { length: 40, limit: 30 } })).toEqual({
    code: 'TITLE_TOO_LONG',
    message: 'The title is longer than the SIS allows (40 of 30 characters).',
    fix: 'Give the assignment a shorter title, or one for the SIS only.',
    fixBy: 'teacher',
  });
  expect(explain({ code: 'TITLE_TOO_LONG', params: { length: 40 } }).message).toBe(
    'The title is longer than the SIS allows.',
  );
});

test("the SIS's words are text: not filled in again, not doubled in their full stop", () => {
  const message = (description: string) => explain({ code: 'SIS_REFUSED', params: { description } }).message;
  expect(message('Bad {status} [x].')).toBe('The SIS did not accept this: Bad {status} [x].');
  expect(message('$& $1')).toBe('The SIS did not accept this: $& $1.');
  expect(message('  ')).toBe('The SIS did not accept this.');
});

test('a code stands in one group only', async () => {
  const folder = new URL('../../src/gradebook/dictionary/', import.meta.url);
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
  );
  const codes = texts.flatMap((text) => [...text.matchAll(/^ {2}([A-Z_]+): \{$/gm)].map(([, code]) => code));
  expect([...codes].sort()).toEqual([...errorCodes].sort());
});
