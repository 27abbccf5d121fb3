/** The working tree as it stands, in a folder of its own, where defects may be planted. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Defect } from './defects.ts';

const root = join(import.meta.dirname, '../..');
/** A run that takes longer hangs. */
const PATIENCE_MS = 15 * 60_000;

export interface Verdict {
  /** names of tests that failed */
  failed: string[];
  passed: number;
  /** files that could not be run at all, and why */
  broken: string[];
  seconds: number;
}

export class Copy {
  readonly place = mkdtempSync(join(tmpdir(), 'passback-defects-'));

  constructor() {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    for (const file of new Set(list.toString().split('\0'))) {
      if (file === '') continue;
      try {
        mkdirSync(dirname(join(this.place, file)), { recursive: true });
        cpSync(join(root, file), join(this.place, file));
      } catch (error) {
        // deleted, and not yet said so to git
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    symlinkSync(join(root, 'node_modules'), join(this.place, 'node_modules'));
    this.#run(['node_modules/prisma/build/index.js', 'generate']);
    this.#run(['scripts/build-pages.mjs']);
  }

  /** @returns how to take it out again. @throws when the text does not stand there exactly once */
  plant(defect: Defect): () => void {
    const before = new Map<string, string>();
    for (const { file, from, to } of defect.plant) {
      const path = join(this.place, file);
      const text = readFileSync(path, 'utf8');
      const times = text.split(from).length - 1;
      if (times !== 1) throw new Error(`${file} holds the text to replace ${times} times: ${from}`);
      if (!before.has(path)) before.set(path, text);
      // a function, for `$` in a replacement means something
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    }
    return () => {
      for (const [path, text] of before) writeFileSync(path, text);
    };
  }

  /** Runs some suites; with `bail`, until the first that fails. */
  async test(
    files: readonly string[],
    options: { only?: string | undefined; bail?: boolean } = {},
  ): Promise<Verdict> {
    const report = join(this.place, 'jest-report.json');
    rmSync(report, { force: true });
    const started = performance.now();
    const args = [
      ...[
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        'node_modules/jest/bin/jest.js',
      ],
      ...['--ci', '--json', `--outputFile=${report}`, ...files],
      ...(options.bail ? ['--bail'] : []),
      ...(options.only === undefined ? [] : ['-t', options.only]),
    ];
    const output = await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, args, { cwd: this.place, stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-20_000)));
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(text);
      });
    });
    return { ...readReport(report, output), seconds: (performance.now() - started) / 1000 };
  }

  remove(): void {
    rmSync(this.place, { recursive: true, force: true });
  }

  #run(args: string[]): void {
    execFileSync(process.execPath, args, { cwd: this.place, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

interface Report {
  numPassedTests: number;
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}
function readReport(file: string, output: string): Omit<Verdict, 'seconds'> {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { failed: [], passed: 0, broken: [`jest did not report:\n${output}`] };
  }
  return {
    failed: report.testResults.flatMap((suite) =>
      suite.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName),
    ),
    passed: report.numPassedTests,
    broken: report.testResults
      .filter((suite) => suite.assertionResults.length === 0 && suite.message !== '')
      .map((suite) => `${suite.name}\n${suite.message.slice(0, 1500)}`),
  };
}
