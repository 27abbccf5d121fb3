/** The reader that the packages are held against finds what is planted in them. */
import { csvPackage } from '../../../src/gradebook/csv/package.ts';
import { zipOf } from '../../../src/http/zip.ts';
import { planClass } from '../../../src/passback/planner.ts';
import { readPackage } from '../../support/one-roster-csv.ts';
import { aClass, aLineItem, aResult } from '../facts.ts';

const cls = aClass();
const { files } = csvPackage(cls, planClass(cls, [aLineItem()], [aResult()], 'all'));
type Change = (text: string) => string;
const planted = async (name: string, change: Change) =>
  (await readPackage(await zipOf(files.map((f) => (f.name === name ? { ...f, text: change(f.text) } : f)))))
    .violations;

test('a sound package has nothing against it', async () => {
  expect(await planted('', (text) => text)).toEqual([]);
});

test.each<[string, string, Change]>([
  ['a property that is missing', 'manifest.csv', (t) => t.replace('file.orgs,absent\r\n', '')],
  ['a property that nobody knows', 'manifest.csv', (t) => `${t}file.grades,absent\r\n`],
  ['a file that is said to be absent', 'manifest.csv', (t) => t.replace('results,delta', 'results,absent')],
  ['another version', 'manifest.csv', (t) => t.replace('oneroster.version,1.2', 'oneroster.version,1.1')],
  ['bulk with a status', 'manifest.csv', (t) => t.replace('results,delta', 'results,bulk')],
  ['columns in another order', 'results.csv', (t) => t.replace('sourcedId,status', 'status,sourcedId')],
  ['a column too many', 'results.csv', (t) => t.replace('missing', 'missing,extra')],
  ['a header and no record', 'results.csv', (t) => t.split('\r\n')[0]! + '\r\n'],
  ['a required cell that is empty', 'results.csv', (t) => t.replace('fully graded', '')],
  ['a status that there is not', 'results.csv', (t) => t.replace(',active,', ',inactive,')],
  ['a score that is no number', 'results.csv', (t) => t.replace('87.5', '8.75e1')],
  ['an instant where a day belongs', 'lineItems.csv', (t) => t.replace('2026-10-08', '2026-10-09T04:59:00Z')],
  ['a day that there is not', 'lineItems.csv', (t) => t.replace('2026-10-08', '2026-02-30')],
  ['a quote that is not doubled', 'lineItems.csv', (t) => t.replace('Essay 1', '"Essay "1"')],
  ['a quote in an open cell', 'lineItems.csv', (t) => t.replace('Essay 1', 'Essay "1"')],
  ['a carriage return in a cell', 'lineItems.csv', (t) => t.replace('Essay 1', '"Essay\r1"')],
  ['a comma too many', 'lineItems.csv', (t) => t.replace('Essay 1', 'Essay, 1')],
  ['records that end with a line feed alone', 'categories.csv', (t) => t.replaceAll('\r\n', '\n')],
  ['the same record twice', 'categories.csv', (t) => t + t.split('\r\n')[1]! + '\r\n'],
])('%s is found', async (_name, file, change) => {
  expect(await planted(file, (text) => text)).toEqual([]);
  expect((await planted(file, change)).length).toBeGreaterThan(0);
});
