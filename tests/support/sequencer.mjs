/** Without times of a former run jest begins with the largest files; this small one takes a minute, and came last. */
import { basename } from 'node:path';
import sequencer from '@jest/test-sequencer';

// CommonJS, and jest's own loader gives it otherwise than node's
const Base = sequencer.default ?? sequencer;

const FIRST = ['torture.test.ts'];

export default class LongestFirst extends Base {
  async sort(tests) {
    const rank = ({ path }) => (FIRST.includes(basename(path)) ? 0 : 1);
    return (await super.sort(tests)).sort((a, b) => rank(a) - rank(b));
  }
}
