/**
 * Every way in which the demo SIS can fail a write, a read or a token, a good tenth of all requests together.
 * What breaks the whole connection (a redirect, a web page, a refused sign-in) rests the lane for seconds each time, so
 * it strikes a few times instead of by chance.
 */
import type { FaultKind, FaultSpec } from '../../src/demo/sis/faults.ts';
import type { BenchSis } from '../ground/ground.ts';

const MIB = 2 ** 20;
const put = (kind: FaultKind, probability: number, more: Partial<FaultSpec> = {}): FaultSpec => ({
  kind,
  method: 'PUT',
  probability,
  ...more,
});
/** `few`: how often what rests the whole lane may strike */
function armed(few: number): FaultSpec[] {
  const rare = (kind: FaultKind, more: Partial<FaultSpec> = {}) => put(kind, 0.01, { count: few, ...more });
  return [
    put('status', 0.018, { status: 500 }),
    put('status', 0.012, { status: 503 }),
    put('status', 0.004, { status: 502, body: 'Bad gateway' }),
    put('delay', 0.01, { ms: 300 }),
    // answered as failed, and stored a good while later: over what was sent since
    put('late', 0.01, { ms: 1_500, status: 504 }),
    put('reset', 0.016),
    put('reset-after-store', 0.026),
    put('accept-drop', 0.01),
    put('truncate', 0.005),
    put('badjson', 0.003),
    put('drip', 0.002, { ms: 10 }),
    put('huge', 0.001, { bytes: 8 * MIB }),
    put('gzipbomb', 0.001, { bytes: 64 * MIB }),
    put('hugeheader', 0.002),
    put('hang', 0.001, { count: 2 * few }),
    rare('status', { status: 429, headers: { 'retry-after': '1' } }),
    rare('status', { status: 503, headers: { 'retry-after': '1' } }),
    rare('html'),
    rare('redirect'),
    // reads, for categories and for reading back
    { kind: 'status', method: 'GET', probability: 0.05, status: 500 },
    { kind: 'reset', method: 'GET', probability: 0.02 },
    { kind: 'truncate', method: 'GET', probability: 0.02 },
    // the token endpoint
    { kind: 'status', request: 'token', probability: 0.05, status: 503 },
    { kind: 'reset', request: 'token', probability: 0.05 },
    { kind: 'html', request: 'token', count: 1, skip: few },
  ];
}

export async function armAll(sis: BenchSis, few: number): Promise<void> {
  for (const fault of armed(few)) await sis.lever('arm', fault);
}

/** The sign-in is refused, as if the secret had been changed: whoever tries again too soon may lock the account. */
export const refuseToken = (sis: BenchSis) => sis.lever('arm', { kind: 'token-refused', count: 1 });

interface Entry {
  kind: string;
  method: string;
  status: number;
  fault?: string;
}
/** How often each kind struck, of the requests that the SIS remembers. */
export async function injected(sis: BenchSis): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { fault, kind } of await sis.lever<Entry[]>('requests')) {
    if (fault === undefined) continue;
    const name = kind === 'token' ? `token ${fault}` : fault;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
