/** The names and figures of the demo district. */

export const schools = [
  { domainId: 'northside', name: 'Northside Middle School', sourcedId: 'sis-northside', excluded: false },
  { domainId: 'eastbank', name: 'Eastbank High School', sourcedId: 'sis-eastbank', excluded: true },
];
export const courses = [
  {
    classId: 'algebra-1',
    school: 0,
    title: 'Algebra 1 – Period 3',
    teacher: 'Ms. Rivera',
    subject: 'Linear equations',
  },
  { classId: 'biology-7', school: 0, title: 'Biology 7 – Period 5', teacher: 'Mr. Osei', subject: 'Cells' },
  {
    classId: 'history-9',
    school: 1,
    title: 'World History – Period 1',
    teacher: 'Mrs. Haddad',
    subject: 'Ancient Rome',
  },
] as const;

/** Eight assignments; `due` in weeks before the day of the demo, null: none is given. */
export const templates = [
  { id: 'homework-1', title: 'Homework 1', category: 'homework', max: 10, due: 7 },
  { id: 'quiz-1', title: 'Quiz 1: {subject}', category: 'tests', max: 20, due: 6 },
  { id: 'homework-2', title: 'Homework 2', category: 'homework', max: 10, due: 5 },
  { id: 'project', title: 'Project “{subject} & more”', category: 'projects', max: 50, due: 4 },
  { id: 'quiz-2', title: 'Quiz 2', category: 'tests', max: 25, due: 3 },
  { id: 'notebook', title: 'Notebook check', category: 'homework', max: 5, due: null },
  { id: 'test-1', title: 'Unit test: {subject}', category: 'tests', max: 100, due: 1 },
  { id: 'essay', title: 'Essay (still a draft)', category: 'projects', max: 30, due: 0 },
] as const;
export const UNPUBLISHED = 'essay';
export const UNLINKED = 'algebra-1-s17';

export const givenNames =
  'Ada Ben Chiara Dae Elif Farah Gus Hana Ivo Jun Kofi Lea Mateo Nia Omar Priya Quinn Rosa Sven Tala Uma Vera Wren Ximena Yusuf Zoë Amir Bea Carlos Dina'.split(
    ' ',
  );
export const familyNames =
  'Alvarez Baker Chen Diallo Eriksen Fontaine Gupta Hughes Ivanova Jansen Kowalski Lima Mensah Nguyễn Okafor Park Quispe Rossi Sato Tanaka Usman Vargas Weber Xu Yılmaz Zhang Abbott Brandt Cruz Novak'.split(
    ' ',
  );
