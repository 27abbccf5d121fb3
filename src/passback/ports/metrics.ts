/** What is counted of the work with SISs; never who or what it was about (docs/metrics.md). */
import type { Settlement } from './lanes.ts';

export interface LaneMetrics {
  /** a row is settled; `code`: why, empty where all is well */
  settled(kind: Settlement['kind'], how: Settlement['how'], code: string): void;
  /** from the moment that a score was accepted until the SIS had it */
  acknowledgedAfter(seconds: number): void;
  lanesRunning(n: number): void;
}
export interface SisMetrics {
  /** `status` null: no answer */
  sisAnswered(about: string, status: number | null, seconds: number): void;
}
