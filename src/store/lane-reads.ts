/** A read of a saved SIS is asked for through its lane, and waited for: a row, a wake-up, an answer. */
import type { Database } from './database.ts';
import { wakeLanes } from './duty.ts';
import type { Listener } from './listen.ts';
import { explain, type Reason } from '../gradebook/dictionary.ts';
import { Refusal } from '../passback/refusal.ts';
import type { LaneRead } from '../passback/ports/lanes.ts';

const PATIENCE_MS = 25_000;
/** a lost notification costs no more than this */
const LOOK_EVERY_MS = 1_000;

type Answer = { ok: true } | { ok: false; reason: Reason };

/** Resolves when the lane has read and kept it; refuses with the SIS's reason, or when the lane takes too long. */
export async function askLane(
  db: Database,
  listener: Listener,
  ask: { connectionId: string; kind: LaneRead['kind']; classId: string },
): Promise<void> {
  const request = await db.prisma.laneRequest.create({
    data: { connectionId: BigInt(ask.connectionId), kind: ask.kind, classId: BigInt(ask.classId) },
  });
  let look: () => void = () => undefined;
  const off = listener.on('answer', (id) => {
    if (id === null || id === request.id) look();
  });
  try {
    await wakeLanes(db, [ask.connectionId]);
    // a lane that is running has its wake_at already behind it: tell it all the same
    await db.rows(`SELECT pg_notify('lane', $1)`, [ask.connectionId]);
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const found = await db.prisma.laneRequest.findUnique({ where: { id: request.id } });
      // it goes with its connection
      if (!found) throw new Refusal('NO_CONNECTION', 'No SIS is set up for this class any more');
      if (found.answeredAt) return settle(found.answer as Answer);
      const broken = await brokenNow(db, ask.connectionId);
      if (broken) throw new Refusal('SIS_UNREACHABLE', broken);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    throw new Refusal('SIS_NO_ANSWER_YET', 'The SIS has not answered yet; try again in a moment', {
      retryAfterSeconds: 5,
    });
  } finally {
    off();
    await db.prisma.laneRequest.deleteMany({ where: { id: request.id } });
  }
}

function settle(answer: Answer): void {
  if (!answer.ok) throw new Refusal('SIS_UNREACHABLE', explain(answer.reason).message);
}

/** A stopped lane answers nothing but its own probe. */
async function brokenNow(db: Database, connectionId: string): Promise<string | null> {
  const lane = await db.prisma.lane.findUnique({ where: { connectionId: BigInt(connectionId) } });
  const said = lane?.causeSaid as { params?: Record<string, string | number> } | null | undefined;
  return lane?.cause && lane.pausedUntil && lane.pausedUntil.getTime() > Date.now()
    ? explain({ code: lane.cause as Reason['code'], params: said?.params ?? {} }).message
    : null;
}
