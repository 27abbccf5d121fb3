/** `doctor --domain`: the test of one SIS connection, as it is saved, for whoever runs the service. */
import type { Config } from '../config.ts';
import type { Capabilities } from '../gradebook/capabilities.ts';
import type { Log } from '../log.ts';
import type { TestReport } from '../passback/ports/sis.ts';
import { createSis } from '../sis/sis.ts';
import { addAudit, bySystem } from '../store/audit.ts';
import { createSettings } from '../store/settings.ts';
import { findDomain } from '../store/scope.ts';
import { withStorage } from './commands.ts';
import { type Report, signs } from './report.ts';
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

/** Line by line, as it is read. */
export function testText({ steps, suggestedBaseUrl, leftBehind, capabilities }: TestReport): string[] {
  return [
    ...steps.map(({ status, name, detail, code }) => {
      const told = status === 'ok' || !code ? '' : ` [${code}]`;
      return `${signs[status]} ${name.padEnd(16)} ${detail}${told}`;
    }),
    ...(suggestedBaseUrl === null ? [] : ['', `Try as baseUrl: ${suggestedBaseUrl}`]),
    ...leftBehind.map(({ title, sourcedId }) => `Left in the SIS: “${title}” (${sourcedId})`),
    ...(capabilities.writeTestedAt === null
      ? []
      : ['', 'What is known of this SIS now:', ...known(capabilities)]),
  ];
}

function known(of: Capabilities): string[] {
  const { longTitle, titleLimit } = of;
  const title =
    longTitle === null
      ? null
      : longTitle === 'kept'
        ? 'no limit was met'
        : `${titleLimit} characters (${longTitle})`;
  const facts: [string, string | number | boolean | null][] = [
    ['keeps our ids', of.keepsIds],
    ['titles', title],
    ['many at once', of.bulkResults && of.bulkResults !== 'no'],
    ['over the points', of.overMax],
    ['excused', of.exempt],
    ['deletes scores', of.deleteResult],
    ['deletes items', of.deleteLineItem],
    ['reads back', of.readLineItems && of.readResults],
    ['latency', of.latencyMs === null ? null : `${of.latencyMs} ms`],
  ];
  const word = (value: string | number | boolean | null) =>
    value === null ? 'not tried' : value === true ? 'yes' : value === false ? 'no' : value;
  return facts.map(([name, value]) => `  ${name.padEnd(16)} ${word(value)}`);
}
