/** `doctor --domain`: the test of one SIS connection, as it is saved, for whoever runs the service. */
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createSis } from '../sis/sis.ts';
import { addAudit, bySystem } from '../store/audit.ts';
import { createSettings } from '../store/settings.ts';
import { findDomain } from '../store/scope.ts';
import { withStorage } from './commands.ts';
import type { Report } from './report.ts';
import { testText } from './test-text.ts';
import { orRefused, tenantOf } from './tenant.ts';

/** Ids are the LMS's own. */
export interface Asked {
  domain: string;
  /** needed where several tenants have such a domain */
  tenant?: string;
  class?: string;
  /** of a student for tests, whose scores may be tried */
  student?: string;
  /** an assignment is written into the class, and removed again */
  write?: true;
}

export async function testConnection(config: Config, log: Log, asked: Asked): Promise<Report> {
  if (asked.write && asked.class === undefined)
    return { ok: false, text: ['--write needs --class: the class to write into'], data: {} };
  const sis = createSis({ allowedNetworks: config.sisAllowedNetworks });
  return withStorage(config, log, ({ db, seal }) =>
    orRefused(async () => {
      const tenantId = await tenantOf(db, 'domain', asked.domain, asked.tenant);
      const scope = { tenantId, domainId: null, classKeys: null };
      const report = await createSettings(db, seal, sis).test(scope, asked.domain, {
        classId: asked.class,
        writes: asked.write ? { studentId: asked.student } : null,
      });
      const { id } = await findDomain(db, scope, asked.domain);
      await addAudit(db, {
        ...bySystem('command line'),
        action: 'settings.test',
        place: { tenantId, domainId: id },
        subject: { domainId: asked.domain },
        detail: { saved: true, wrote: asked.write === true, leftBehind: report.leftBehind.length },
      });
      return { ok: report.ok, text: testText(report), data: { ...report } };
    }),
  );
}
