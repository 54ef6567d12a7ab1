/** How long to wait before the next attempt: doubling, with a ceiling, jittered so that a fleet does not knock in step. */
export type BackoffPolicy = { readonly firstMs: number; readonly ceilingMs: number }

/** The console is away: try soon. */
export const lostBackoff: BackoffPolicy = { firstMs: 1_000, ceilingMs: 30_000 }
/** The console said no (token, name, version): somebody has to act, so do not hammer. */
export const refusedBackoff: BackoffPolicy = { firstMs: 60_000, ceilingMs: 300_000 }

/** @param attempt 0 for the first wait; @param random uniform in [0, 1). Between half and the whole of the step. */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const step = Math.min(policy.ceilingMs, policy.firstMs * 2 ** Math.min(attempt, 30))
  return step * (0.5 + random / 2)
}
