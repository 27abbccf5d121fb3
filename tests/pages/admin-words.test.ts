import { dictionary } from '../../src/gradebook/dictionary.ts';
import { speak } from '../../src/pages/language.ts';
import { consoleWords } from '../../src/pages/messages/admin.ts';
import { es } from '../../src/pages/messages/reasons.ts';

afterEach(() => speak('en'));

test('no admin is sent to the administrator', () => {
  const inEnglish = Object.values(dictionary).map(({ fix }) => consoleWords().asAdmin(fix));
  expect(inEnglish).toContain('Link the class: its SIS id must come with the class list.');
  expect(inEnglish).toContain('Decide whether it should be sent.');
  expect(inEnglish.filter((cure) => cure.startsWith('Ask the administrator'))).toEqual([]);
  speak('es');
  const inSpanish = Object.values(es).map(([, fix]) => consoleWords().asAdmin(fix));
  expect(inSpanish).toContain('Vincule la clase: su id. del SIS debe venir con la lista de clases.');
  expect(inSpanish.filter((cure) => /^(Pida|Consulte|Pregunte) a su administrador/.test(cure))).toEqual([]);
});
