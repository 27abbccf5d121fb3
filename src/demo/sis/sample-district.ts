/** The small district that the demo SIS holds when it is started without a seed. */
import type { DistrictSeed } from './seed.ts';

const NAMES = ['Ada Byron', 'Ben Okafor', 'Chiara Rossi', 'Dae-jung Kim', 'Elif Yılmaz', 'Farah Haddad'];

/** One school, two classes, six students; the school year that holds the given day, in two grading periods. */
export function sampleDistrict(today: Date): DistrictSeed {
  const begins = today.getUTCMonth() >= 6 ? today.getUTCFullYear() : today.getUTCFullYear() - 1;
  const schoolYear = String(begins + 1);
  const students = NAMES.map((name, i) => {
    const [givenName = '', familyName = ''] = name.split(' ');
    return { sourcedId: `student-${i + 1}`, givenName, familyName };
  });
  const everyone = students.map((s) => s.sourcedId);
  const term = 'term-1';
  return {
    schools: [{ sourcedId: 'school-1', title: 'Lakeside Middle School' }],
    terms: [
      {
        sourcedId: term,
        title: `School year ${begins}/${begins + 1}`,
        startDate: `${begins}-07-01`,
        endDate: `${begins + 1}-06-30`,
        schoolYear,
      },
    ],
    gradingPeriods: [
      {
        sourcedId: 'gp-1',
        title: 'First semester',
        startDate: `${begins}-07-01`,
        endDate: `${begins}-12-31`,
      },
      {
        sourcedId: 'gp-2',
        title: 'Second semester',
        startDate: `${begins + 1}-01-01`,
        endDate: `${begins + 1}-06-30`,
      },
    ].map((period) => ({ ...period, schoolYear, termSourcedId: term })),
    students,
    classes: [
      {
        sourcedId: 'class-1',
        title: 'Algebra 1',
        schoolSourcedId: 'school-1',
        termSourcedIds: [term],
        categories: [
          { sourcedId: 'category-homework', title: 'Homework' },
          { sourcedId: 'category-tests', title: 'Tests' },
        ],
        studentSourcedIds: everyone,
      },
      {
        sourcedId: 'class-2',
        title: 'World History',
        schoolSourcedId: 'school-1',
        termSourcedIds: [term],
        categories: [{ sourcedId: 'category-essays', title: 'Essays' }],
        studentSourcedIds: everyone.slice(0, 3),
      },
    ],
  };
}
