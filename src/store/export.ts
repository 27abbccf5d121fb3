/** A class as a OneRoster CSV package: the plan over its rows as they stand. */
import { readClassFacts } from './class-facts.ts';
import { lineItemFacts, readLineItems, readResults, resultFacts } from './row-facts.ts';
import type { Database } from './database.ts';
import { findClass } from './scope.ts';
import { csvPackage } from '../gradebook/csv/package.ts';
import { explain } from '../gradebook/dictionary.ts';
import { planClass } from '../passback/planner.ts';
import { notFound } from '../passback/refusal.ts';
import type { Exports } from '../passback/ports/exports.ts';

export function createExports(db: Database): Exports {
  return {
    csv: (scope, classKey, only) =>
      db.transaction(async (sql) => {
        const { id } = await findClass(sql, scope, classKey);
        const cls = (await readClassFacts(sql, [id])).get(id);
        if (!cls) throw notFound('class');
        const lineItems = (await readLineItems(sql, id)).map(lineItemFacts);
        const results = await readResults(
          sql,
          lineItems.map((l) => l.id),
        );
        // a score whose assignment came between the two statements is the next export's
        const known = new Set(lineItems.map((l) => l.id));
        const rows = results.map(resultFacts).filter((r) => known.has(r.lineItemId));
        // everything as if it were sent again, or what the SIS does not have
        const plan = planClass(cls, lineItems, rows, only === 'failed' ? 'changes' : 'all');
        const { files, rows: counts, leftOut } = csvPackage(cls, plan);
        return {
          files,
          counts,
          leftOut: leftOut.map((l) => ({
            kind: l.kind,
            lineItemId: l.lineItemKey,
            studentId: l.studentKey,
            reason: explain(l.reason),
          })),
        };
      }),
  };
}
