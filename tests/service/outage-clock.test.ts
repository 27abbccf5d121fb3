/** Two minutes without an SIS on a clock that runs twenty times as fast; three hours of it are bench/outage. */
import { outage } from '../../bench/outage/outage.ts';
import { emptyDatabase } from '../support/database.ts';

test('A10: an SIS that is away for minutes needs nobody: few requests, a ramp, and nothing is lost', async () => {
  const database = await emptyDatabase();
  try {
    const report = await outage({
      connectionString: database.connectionString,
      factor: 20,
      minutes: 2,
      size: { classes: 2, students: 10, lineItems: 3 },
    });
    expect(report).toMatchObject({ differences: [], defects: [], humanActions: 0 });
    // 5, 10, 20, 40 seconds, give or take a quarter; and what was under way when it went
    expect(report.requests).toBeGreaterThanOrEqual(3);
    expect(report.requests).toBeLessThanOrEqual(14);
    expect(report.longestGapSeconds).toBeLessThan(220);
    expect(report.peakConcurrency).toBeLessThanOrEqual(4);
    // the class that was graded in the meantime
    expect(report.waiting).toBeGreaterThanOrEqual(30);
    expect(report.triesBurnt).toBeLessThanOrEqual(4);
    expect(report.noticedAfterSeconds).toBeLessThan(220);
  } finally {
    await database.drop();
  }
}, 120_000);
