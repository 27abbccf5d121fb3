/** What one figure was, each time it was measured. */
export interface Sample {
  unit: string;
  /** one per round, in the order in which they were measured */
  values: number[];
}

export const sample = (unit: string, values: number[]): Sample => ({ unit, values });

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error('nothing was measured');
  return (lower + upper) / 2;
}

/** The value below which `q` of all lie. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  if (at === undefined) throw new Error('nothing was measured');
  return at;
}

/** Round by round, for a ratio of two medians would mix rounds that the machine favoured differently. */
export function ratio(of: Sample, to: Sample): Sample {
  return sample(
    '×',
    of.values.map((value, round) => value / (to.values[round] ?? NaN)),
  );
}

/** `median (min – max)`, in three digits. */
export function text({ unit, values }: Sample): string {
  const short = (n: number) =>
    Math.abs(n) >= 100 ? Math.round(n).toLocaleString('en') : Number(n.toPrecision(3)).toString();
  const [low, high] = [short(Math.min(...values)), short(Math.max(...values))];
  const middle = short(median(values));
  const spread = low === high ? '' : ` (${low} – ${high})`;
  return `${middle}${unit === '' || unit === '×' ? unit : ` ${unit}`}${spread}`;
}

/** CPU in ms between `begin` and `end`, ours and PostgreSQL's, per item. */
export function meter(service: { cpuMs(): number }, ground: { databaseCpuMs(): number | null }) {
  const spent = { ours: [] as number[], database: [] as number[] };
  let [from, databaseFrom] = [0, 0];
  return {
    begin() {
      from = service.cpuMs();
      databaseFrom = ground.databaseCpuMs() ?? NaN;
    },
    end(items: number) {
      spent.ours.push((service.cpuMs() - from) / items);
      spent.database.push(((ground.databaseCpuMs() ?? NaN) - databaseFrom) / items);
    },
    /** two cells of a table */
    cells: () =>
      [spent.ours, spent.database].map((values) => (values.some(isNaN) ? '' : sample('ms', values))),
  };
}
