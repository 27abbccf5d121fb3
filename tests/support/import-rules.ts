/** Reads what source files import, and holds it against a table. The table itself: tests/architecture.test.ts. */
import { posix } from 'node:path';
import ts from 'typescript';

export interface Rules {
  /** room or file of src → the rooms it may import besides itself; '*' is every room that has no wall around it */
  rooms: Readonly<Record<string, readonly string[] | '*'>>;
  /** rooms that nobody imports */
  walled: readonly string[];
  /** package → the rooms that may import it; a trailing '*' stands for any rest of the name */
  owners: Readonly<Record<string, readonly string[]>>;
  /** room → the only packages that it may import */
  packages: Readonly<Record<string, readonly string[]>>;
  /** rooms that read no clock, roll no dice and fetch nothing: time and chance come in as arguments or ports */
  pure: readonly string[];
  /** rooms that do not even wait */
  timeless: readonly string[];
  /** the one file that reads the environment */
  environment: string;
}

interface Source {
  imports: readonly { to: string; local: boolean }[];
  barrel: boolean;
  /** names such as `process.env` or `Date.now` that the file uses */
  ambient: readonly string[];
}

/** Path from the root of the repository (`src/http/app.ts`) → text. */
export type Files = Readonly<Record<string, string>>;

/** What the files do against the rules, one sentence each. */
export function violations(files: Files, rules: Rules): string[] {
  const sources = new Map(Object.entries(files).map(([path, text]) => [path, read(path, text)]));
  return [
    ...[...sources].flatMap(([path, source]) => [
      ...againstRooms(path, source, rules),
      ...againstHouse(path, source, rules),
    ]),
    ...cycles(sources),
  ];
}

/** Every package that the files import, once. */
export function importedPackages(files: Files): string[] {
  const imports = Object.entries(files).flatMap(([path, text]) => read(path, text).imports);
  return [...new Set(imports.filter(({ local }) => !local).map(({ to }) => to))].sort();
}

function againstRooms(path: string, source: Source, rules: Rules): string[] {
  const room = roomOf(path, rules);
  const allowed = room === undefined ? undefined : rules.rooms[room];
  if (room === undefined || allowed === undefined) return [`${path} stands in no room of the table`];
  return source.imports.flatMap(({ to, local }) => {
    if (!local) return againstPackages(path, room, to, rules);
    const target = roomOf(to, rules);
    const open = target !== undefined && !rules.walled.includes(target);
    if (target === room || (allowed === '*' ? open : target !== undefined && allowed.includes(target)))
      return [];
    return [`${path} (${room}) imports ${to}`];
  });
}

function againstPackages(path: string, room: string, name: string, rules: Rules): string[] {
  const only = rules.packages[room];
  if (only && !only.includes(name)) return [`${path} (${room}) imports the package ${name}`];
  const owned = Object.entries(rules.owners).find(([pattern]) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
  return owned && !owned[1].includes(room) ? [`${path} (${room}) imports the package ${name}`] : [];
}

function againstHouse(path: string, source: Source, rules: Rules): string[] {
  const room = roomOf(path, rules) ?? '';
  const found = source.barrel ? [`${path} only passes on what others export`] : [];
  for (const name of source.ambient) {
    const refused = TIMERS.test(name) ? rules.timeless.includes(room) : rules.pure.includes(room);
    if (name === 'process.env' ? path !== rules.environment : refused) found.push(`${path} uses ${name}`);
  }
  return found;
}

/** The longest entry of the table that the path lies in: `demo/sis` before `demo`. */
function roomOf(path: string, rules: Rules): string | undefined {
  const inside = path.replace(/^src\//, '');
  return Object.keys(rules.rooms)
    .filter((room) => inside === `${room}.ts` || inside.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function cycles(sources: ReadonlyMap<string, Source>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push(`cycle: ${[...way.slice(at), path].join(' → ')}`);
    if (at >= 0 || done.has(path)) return;
    for (const { to, local } of sources.get(path)?.imports ?? []) if (local) visit(to, [...way, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}

const AMBIENT = /^(process\.(env|hrtime)|Date\.now|DateTime\.(now|local|utc)|Math\.random|performance\.now)$/;
const TIMERS = /^(setTimeout|setInterval|setImmediate)\(\)$/;

function read(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  const imports: { to: string; local: boolean }[] = [];
  const ambient: string[] = [];
  const add = (specifier: ts.Expression | undefined): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const local = specifier.text.startsWith('.');
    const to = local ? posix.join(posix.dirname(path), specifier.text) : packageOf(specifier.text);
    imports.push({ to, local });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    if (ts.isImportDeclaration(node) && /^import\b.*\benv\b.*process/.test(node.getText(file)))
      ambient.push('process.env');
    if (ts.isPropertyAccessExpression(node) && AMBIENT.test(node.getText(file)))
      ambient.push(node.getText(file));
    if (ts.isCallExpression(node)) {
      const name = node.expression.getText(file);
      if (name === 'import' || name === 'require') add(node.arguments[0]);
      if (name === 'fetch' || TIMERS.test(`${name}()`)) ambient.push(`${name}()`);
    }
    if (ts.isNewExpression(node) && /^new Date(\(\))?$/.test(node.getText(file))) ambient.push('new Date()');
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { imports, ambient, barrel: isBarrel(file) };
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  if (specifier.startsWith('node:')) return specifier;
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function isBarrel(file: ts.SourceFile): boolean {
  const passesOn = file.statements.some((statement) => ts.isExportDeclaration(statement));
  return (
    passesOn && file.statements.every((node) => ts.isExportDeclaration(node) || ts.isImportDeclaration(node))
  );
}
