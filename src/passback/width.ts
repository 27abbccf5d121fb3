/**
 * How many requests may be under way at once: all that the settings allow, unless the SIS has just been in trouble.
 * Slow start and additive increase, as in TCP: it doubles up to where it went well before, then grows by one.
 */

/** At least so long between two steps, however fast the SIS answers. */
const DOUBLE_EVERY_MS = 1_000;
const ADD_EVERY_MS = 10_000;

export class Width {
  private readonly limit: number;
  /** null: no bound but the limit */
  private allowed: number | null;
  private doublesTo: number;
  /** taken since the last step */
  private since = 0;
  private steppedAt: number;

  constructor(limit: number, allowed: number | undefined, doublesTo: number | undefined, now: number) {
    this.limit = Math.max(1, limit);
    this.allowed = allowed !== undefined && allowed < this.limit ? allowed : null;
    this.doublesTo = doublesTo ?? this.limit;
    this.steppedAt = now;
  }

  get slots(): number {
    return this.allowed ?? this.limit;
  }

  saved(): { allowed?: number; doublesTo?: number } {
    return this.allowed === null ? {} : { allowed: this.allowed, doublesTo: this.doublesTo };
  }

  /** An outage: it begins again with one. Where that `interrupts` the way up, half of what was reached is the aim. */
  one(interrupts: boolean): void {
    if (this.allowed === null) this.doublesTo = this.limit;
    else if (interrupts) this.doublesTo = Math.max(1, Math.floor(this.allowed / 2));
    this.set(1);
  }

  /** "Too many requests": half of them, and from there on carefully. */
  halve(): void {
    this.doublesTo = Math.max(1, Math.floor(this.slots / 2));
    this.set(this.doublesTo);
  }

  /** A failure on the way up: a step back. */
  back(now: number): void {
    if (this.allowed === null) return;
    this.set(Math.max(1, Math.floor(this.allowed / 2)));
    this.steppedAt = now;
  }

  /** One more went well: a whole round of them, and some time, make a step. */
  taken(now: number): void {
    if (this.allowed === null) return;
    this.since++;
    const doubling = this.allowed < this.doublesTo;
    if (this.since < this.allowed || now - this.steppedAt < (doubling ? DOUBLE_EVERY_MS : ADD_EVERY_MS))
      return;
    this.set(doubling ? Math.min(this.allowed * 2, this.doublesTo) : this.allowed + 1);
    this.steppedAt = now;
  }

  private set(allowed: number): void {
    this.allowed = allowed < this.limit ? allowed : null;
    this.since = 0;
  }
}
