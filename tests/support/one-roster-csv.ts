/**
 * Reads a OneRoster 1.2 CSV package as a strict SIS would, and says what the binding has against it. Written from the
 * binding, not from the product: nothing of src is imported.
 */
import { fromBuffer, type Entry, type ZipFile } from 'yauzl';

export type Records = Record<string, string>[];
export interface ReadPackage {
  names: string[];
  /** by file name without `.csv` */
  files: Map<string, Records>;
  manifest: Map<string, string>;
  /** against the binding; [] = valid */
  violations: string[];
}

const gradebook: Record<string, { columns: string; optional: string; dates?: string; times?: string }> = {
  categories: { columns: 'sourcedId,status,dateLastModified,title,weight', optional: 'weight' },
  lineItems: {
    columns:
      'sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId',
    optional: 'description,resultValueMin,resultValueMax',
    dates: 'assignDate,dueDate',
  },
  results: {
    columns:
      'sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment,textScore,classSourcedId,inProgress,incomplete,late,missing',
    optional: 'score,comment,textScore,classSourcedId,inProgress,incomplete,late,missing',
    dates: 'scoreDate',
  },
};
const properties = [
  'academicSessions,categories,classes,classResources,courses,courseResources,demographics,enrollments',
  'lineItemLearningObjectiveIds,lineItems,lineItemScoreScales,orgs,resources,resultLearningObjectiveIds',
  'results,resultScoreScales,roles,scoreScales,userProfiles,userResources,users',
].flatMap((line) => line.split(','));

export async function readPackage(zip: Buffer): Promise<ReadPackage> {
  const violations: string[] = [];
  const contents = await unzip(zip);
  const names = [...contents.keys()];
  const files = new Map<string, Records>();
  for (const [name, bytes] of contents) {
    if (name.includes('/')) violations.push(`${name} is not at the root`);
    if (!name.endsWith('.csv')) violations.push(`${name} is no CSV file`);
    const table = name.replace(/\.csv$/, '');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const [header = [], ...records] = parseCsv(text, name, violations);
    if (records.length === 0) violations.push(`${name} has a header and no record`);
    if (new Set(header).size !== header.length) violations.push(`${name} has a column twice`);
    const expected = table === 'manifest' ? 'propertyName,value' : gradebook[table]?.columns;
    if (header.join() !== expected) violations.push(`${name} has the columns ${header.join()}`);
    files.set(
      table,
      records.map((record, index) => {
        if (record.length !== header.length)
          violations.push(`${name}:${index + 2} has ${record.length} cells`);
        return Object.fromEntries(header.map((column, i) => [column, record[i] ?? '']));
      }),
    );
  }
  const manifest = new Map(
    (files.get('manifest') ?? []).map((r) => [r['propertyName'] ?? '', r['value'] ?? '']),
  );
  violations.push(...againstManifest(manifest, files));
  for (const table of Object.keys(gradebook))
    violations.push(...againstTable(table, files.get(table) ?? [], manifest.get(`file.${table}`) ?? ''));
  violations.push(...againstReferences(files));
  return { names, files, manifest, violations };
}

function againstManifest(manifest: Map<string, string>, files: Map<string, Records>): string[] {
  const found: string[] = [];
  if (!files.has('manifest')) found.push('there is no manifest.csv');
  if (manifest.get('manifest.version') !== '1.0') found.push('manifest.version is not 1.0');
  if (manifest.get('oneroster.version') !== '1.2') found.push('oneroster.version is not 1.2');
  for (const name of properties) {
    const value = manifest.get(`file.${name}`);
    if (!['absent', 'bulk', 'delta'].includes(value ?? '')) found.push(`file.${name} is ${value}`);
    if ((value === 'absent') === files.has(name)) found.push(`file.${name} is ${value}, which is not so`);
  }
  const known = new Set(['manifest.version', 'oneroster.version', 'source.systemName', 'source.systemCode']);
  for (const name of manifest.keys())
    if (!known.has(name) && !properties.includes(name.replace(/^file\./, '')))
      found.push(`${name} is unknown`);
  return found;
}

function againstTable(table: string, records: Records, kind: string): string[] {
  const rule = gradebook[table]!;
  const found: string[] = [];
  const ids = records.map((r) => r['sourcedId']);
  if (new Set(ids).size !== ids.length) found.push(`${table} has a sourcedId twice`);
  records.forEach((record, index) => {
    const say = (text: string) => found.push(`${table}:${index + 2} ${text}`);
    for (const [column, value] of Object.entries(record)) {
      const life = column === 'status' || column === 'dateLastModified';
      if (kind === 'bulk' && life) {
        if (value !== '') say(`${column} must be empty in bulk`);
      } else if (value === '' && !rule.optional.split(',').includes(column)) say(`${column} is empty`);
      if (/[\r]/.test(value)) say(`${column} holds a carriage return`);
      if (rule.dates?.split(',').includes(column) && !isDay(value)) say(`${column} is no date: ${value}`);
      if (['score', 'resultValueMin', 'resultValueMax'].includes(column) && !/^(-?\d+(\.\d+)?)?$/.test(value))
        say(`${column} is no number: ${value}`);
      if (['inProgress', 'incomplete', 'late', 'missing'].includes(column) && !/^(true|false)?$/.test(value))
        say(`${column} is neither true nor false: ${value}`);
    }
    if (kind === 'delta') {
      if (!['active', 'tobedeleted'].includes(record['status'] ?? '')) say(`status is ${record['status']}`);
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(record['dateLastModified'] ?? ''))
        say(`dateLastModified is ${record['dateLastModified']}`);
    }
    if (table === 'results') {
      const known = ['exempt', 'fully graded', 'not submitted', 'partially graded', 'submitted'];
      if (!known.includes(record['scoreStatus'] ?? '')) say(`scoreStatus is ${record['scoreStatus']}`);
    }
  });
  return found;
}

/** Whatever the package itself lists may be referred to; the rest must be the SIS's, which only the SIS can tell. */
function againstReferences(files: Map<string, Records>): string[] {
  const pairs = (files.get('results') ?? []).map((r) => `${r['lineItemSourcedId']} ${r['studentSourcedId']}`);
  return new Set(pairs).size === pairs.length ? [] : ['one student has two results of one lineItem'];
}

const isDay = (text: string) =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** RFC 4180 and nothing more lenient: CRLF ends a record, a quote stands only around a whole cell. */
function parseCsv(text: string, name: string, violations: string[]): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) {
          violations.push(`${name}: a quoted cell does not end`);
          return records;
        }
        cell += text.slice(from, quote);
        if (text[quote + 1] === '"') {
          cell += '"';
          from = quote + 2;
          continue;
        }
        at = quote + 1;
        break;
      }
    } else {
      const stop = /[,\r\n]/g;
      stop.lastIndex = at;
      const end = stop.exec(text)?.index ?? text.length;
      cell = text.slice(at, end);
      if (cell.includes('"')) violations.push(`${name}: a quote within an unquoted cell`);
      at = end;
    }
    record.push(cell);
    if (text[at] === ',') {
      at++;
      if (at === text.length) record.push('');
      continue;
    }
    if (text.slice(at, at + 2) !== '\r\n') violations.push(`${name}: a record does not end with CRLF`);
    records.push(record);
    record = [];
    at += text.slice(at, at + 2) === '\r\n' ? 2 : 1;
  }
  return records;
}

async function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(bytes, { lazyEntries: true, strictFileNames: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    ),
  );
  const contents = new Map<string, Buffer>();
  return new Promise((resolve, reject) => {
    zip.on('error', reject).on('end', () => resolve(contents));
    zip.on('entry', (entry: Entry) =>
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        stream.on('end', () => {
          contents.set(entry.fileName, Buffer.concat(chunks));
          zip.readEntry();
        });
      }),
    );
    zip.readEntry();
  });
}
