/** The dictionary's words on the pages, in the language of who reads them. */
import { dictionary, errorCodes, explain, type Reason } from '../../src/gradebook/dictionary.ts';
import { speak } from '../../src/pages/language.ts';
import { fixOf, messageOf, plainReason } from '../../src/pages/parts.ts';
import { learnReasons, reasonTexts } from '../../src/pages/reasons.ts';

beforeAll(() => learnReasons('es'));
afterEach(() => speak('en'));

/** Nobody with a class to teach meets these. */
const others = new Set(['sign-in to the pages', 'roster pull']);
/** all fact: until when nothing goes by itself */
const facts = new Set(['QUIET_HOURS']);

test('whatever may keep a score here has Spanish words: what happened, without a full stop, and the cure', () => {
  speak('es');
  for (const code of errorCodes) {
    if (others.has(dictionary[code].group) || facts.has(code)) continue;
    const [message = '', fix = ''] = reasonTexts(code) ?? [];
    expect({ code, message, fix }).toEqual({
      code,
      message: expect.stringMatching(/[^.]$/),
      fix: expect.stringMatching(/\.$/),
    });
  }
});

/** As it is read: its text, and which part of it is marked as English. */
const read = (told: unknown): string =>
  typeof told === 'string' || !told
    ? String(told)
    : (told as { strings: string[]; values: unknown[] }).strings
        .map((text, i) => text + read((told as { values: unknown[] }).values[i] ?? ''))
        .join('');
const said = (reason: Reason) => read(messageOf(explain(reason)));

test('the facts of a case stay behind its sentence as they came, marked as English', () => {
  const long: Reason = { code: 'TITLE_TOO_LONG', params: { length: 52, limit: 50 } };
  const refused: Reason = { code: 'SIS_REFUSED', params: { status: 422, description: 'closed: grades' } };
  speak('es');
  expect(said(long)).toBe(
    'El título es más largo de lo que permite el SIS<span lang="en"> (52 of 50 characters).</span>',
  );
  expect(said(refused)).toBe('El SIS no aceptó esto<span lang="en"> (answer 422): closed: grades.</span>');
  expect(said({ code: 'MAP_STUDENT' })).toBe('Este estudiante no está vinculado con un estudiante del SIS.');
  expect(fixOf(explain({ code: 'POINTS_INVALID' }))).toBe('Dé a la tarea sus puntos.');
  // of a code that a later release knows
  expect(read(messageOf({ code: 'OF_LATER', message: 'New.' }))).toBe('<span lang="en">New.</span>');
  speak('en');
  expect(said(long)).toBe('The title is longer than the SIS allows (52 of 50 characters).');
});

test('the text for an administrator is in the language of who asks, with the facts of the case', () => {
  const facts: Reason = { code: 'TITLE_TOO_LONG', params: { length: 52, limit: 50 } };
  speak('es');
  expect(plainReason(explain(facts))).toEqual({
    message: 'El título es más largo de lo que permite el SIS (52 of 50 characters).',
    fix: expect.stringMatching(/^Dé a la tarea un título más corto/),
  });
  speak('en');
  const { message, fix } = explain(facts);
  expect(plainReason(explain(facts))).toEqual({ message, fix });
});
