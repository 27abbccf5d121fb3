/** One line that is written over and over: how far something is, for whoever sits before a terminal. */
import { plain } from './table.ts';

export interface Progress {
  /** `done` of `total`, and what is to be said beside it */
  show(done: number, total: number, text: string): void;
  /** the line is gone, what comes next begins at its start */
  clear(): void;
}

const BAR = 24;
/** CSI K: what is left of a longer line before */
const ERASE = '\u001b[K';

/** `columns`: of the terminal, or null where there is none and nothing is shown. */
export function createProgress(write: (text: string) => void, columns: number | null): Progress {
  let shown = '';
  return {
    show(done, total, text) {
      if (columns === null) return;
      const line = `${bar(done, total)} ${done}/${total} ${plain(text)}`.slice(0, columns - 1).trimEnd();
      if (line === shown) return;
      write(`\r${line}${ERASE}`);
      shown = line;
    },
    clear() {
      if (shown !== '') write(`\r${ERASE}`);
      shown = '';
    },
  };
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.min(BAR, Math.floor((done / total) * BAR));
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`;
}
