/** By least squares: MB per 10,000 requests. */
export function slope(points: readonly { requests: number; bytes: number }[]): number {
  const n = points.length;
  if (n < 2) return 0;
  const meanX = points.reduce((sum, p) => sum + p.requests, 0) / n;
  const meanY = points.reduce((sum, p) => sum + p.bytes, 0) / n;
  let xy = 0;
  let xx = 0;
  for (const { requests, bytes } of points) {
    xy += (requests - meanX) * (bytes - meanY);
    xx += (requests - meanX) ** 2;
  }
  return xx === 0 ? 0 : ((xy / xx) * 10_000) / 1e6;
}
