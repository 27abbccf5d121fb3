/** `explain`: why a score is, or is not, in the SIS, for whoever runs the service and is asked. */
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createExplanations } from '../store/explanation.ts';
import { withStorage } from './commands.ts';
import type { Report } from './report.ts';
import { orRefused, tenantOf } from './tenant.ts';

/** Ids are the LMS's own. */
export interface Asked {
  class: string;
  lineItem: string;
  /** left out: the lineItem itself */
  student?: string;
  /** needed where several tenants have such a class */
  tenant?: string;
}

export async function explainCell(config: Config, log: Log, asked: Asked): Promise<Report> {
  return withStorage(config, log, ({ db }) =>
    orRefused(async () => {
      const tenantId = await tenantOf(db, 'class', asked.class, asked.tenant);
      const scope = { tenantId, domainId: null, classKeys: null };
      const { lineItem, student = null } = asked;
      const explanation = await createExplanations(db).of(scope, asked.class, lineItem, student);
      const events = explanation.timeline.map(({ at, text }) => `  ${at}  ${text}`);
      return { ok: true, text: [explanation.answer, '', ...events], data: { ...explanation } };
    }),
  );
}
