/** What a test of an SIS connection has found, for a terminal. */
import type { Capabilities } from '../gradebook/capabilities.ts';
import type { TestReport } from '../passback/ports/sis.ts';
import { signs } from './report.ts';

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
