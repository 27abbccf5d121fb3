import { similarNames } from '../../src/gradebook/similar-names.ts';

const sis = [
  'Homework',
  'Tests & Quizzes',
  'Quiz',
  'Projects',
  'Participation',
  'Lab Reports',
  'Final exam',
].map((title) => ({ title }));

test.each<[string, string[]]>([
  ['homework', ['Homework']],
  ['Home-Work', ['Homework']],
  ['HOMEWORKS', ['Homework']],
  ['Quizzes', ['Quiz', 'Tests & Quizzes']],
  ['Tests', ['Tests & Quizzes']],
  ['Labs', ['Lab Reports']],
  ['Class participation', ['Participation']],
  ['Proyects', ['Projects']],
  ['Attendance', []],
  ['!!!', []],
])('%s may be %p', (title, expected) => {
  expect(similarNames(title, sis).map((found) => found.title)).toEqual(expected);
});

test('accents are no difference, and no more than a few are offered', () => {
  expect(similarNames('Prácticas', [{ title: 'practicas' }])).toHaveLength(1);
  expect(
    similarNames(
      'Test',
      Array.from({ length: 9 }, (_, i) => ({ title: `Test ${i}` })),
    ),
  ).toHaveLength(3);
});
