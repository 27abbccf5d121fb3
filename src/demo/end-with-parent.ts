/** Loaded into a child process (`--import`): stops it as a SIGTERM would when its parent is gone, however it went. */
process.stdin.resume();
process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM'));
// The child's own end is not to wait for this.
(process.stdin as unknown as { unref?: () => void }).unref?.();
