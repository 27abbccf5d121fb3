/** The one way to learn what time it is outside of the pure core; a test gives its own. */
export interface Clock {
  now(): Date;
}

/** The clock of this machine. Whatever replicas must agree on uses the database's clock instead. */
export const systemClock: Clock = { now: () => new Date() };
