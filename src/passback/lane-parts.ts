/** What a lane is made of: the ports it uses, time, chance and the log. */
import type { Lanes } from './ports/lanes.ts';
import type { Sis } from './ports/sis.ts';

export interface LaneParts {
  lanes: Lanes;
  sis: Sis;
  now(): Date;
  /** milliseconds of a clock that only goes forward, also while this process is paused: for leases */
  uptimeMs(): number;
  random(): number;
  /** how long a broken connection rests before its first probe; the policy's own where it is left out */
  firstProbeMs?: number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  log: {
    info(message: string, fields?: Record<string, string | number>): void;
    warn(message: string, fields?: Record<string, string | number>): void;
  };
}
