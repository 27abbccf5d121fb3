/** Mutated answers of an SIS, a few; many: node scripts/run.mjs bench/fuzz/replies-main.ts. */
import { fuzzReplies } from '../../bench/fuzz/reply-run.ts';

test('A27: whatever an SIS answers is an outcome in time, and none but a 2xx with an empty or JSON body is acknowledged', async () => {
  const report = await fuzzReplies({ replies: 500, seed: 7 });
  expect(report.faults).toEqual([]);
  const seen = Object.keys(report.outcomes).map((outcome) => outcome.split(' ')[0]);
  // a fuzzer that only ever meets one answer would prove nothing
  for (const kind of ['acknowledged', 'retry', 'refused', 'broken', 'read']) expect(seen).toContain(kind);
}, 120_000);
