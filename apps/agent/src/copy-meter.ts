import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import { PAGE_BYTES } from '@drover/api-schema/units.ts'
import type { CopyProgress } from './hypervisor.ts'

/** No byte moved for this long: shown as stalled. The guest still runs on the source. */
const stalledMs = 5_000
/** Bandwidth is measured over about this much time. */
const windowMs = 2_000
/** Device state and resuming, in a predicted pause. */
const switchOverMs = 30

/** Measures a running copy: bandwidth, stall, and what remains if nothing changes. */
export class CopyMeter {
  #window: { atMs: number; bytes: number }[] = []
  #lastSentMs: number
  #nextReportMs = 0
  #endedRounds = 0

  constructor(startMs: number) {
    this.#lastSentMs = startMs
  }

  sent(bytes: number, atMs: number): void {
    this.#lastSentMs = atMs
    const last = this.#window.at(-1)
    if (last !== undefined && atMs - last.atMs < 50) last.bytes += bytes
    else this.#window.push({ atMs, bytes })
  }

  roundEnded(): void {
    this.#endedRounds += 1
  }

  isDue(atMs: number, intervalMs: number): boolean {
    if (atMs < this.#nextReportMs) return false
    this.#nextReportMs = atMs + intervalMs
    return true
  }

  progress(copy: CopyProgress, atMs: number): MigrationProgress {
    this.#window = this.#window.filter((entry) => atMs - entry.atMs <= windowMs)
    const oldest = this.#window[0]
    const bytes = this.#window.reduce((sum, entry) => sum + entry.bytes, 0)
    const spanMs = oldest === undefined ? 0 : atMs - oldest.atMs
    const bytesPerSec = spanMs > 0 ? (bytes * 1000) / spanMs : 0
    const dirtyPagesPerSec = this.#endedRounds === 0 ? null : copy.dirtyPagesPerSec
    const leftPages = Math.max(0, copy.roundPages - copy.roundSentPages)
    return {
      roundIndex: copy.roundIndex,
      roundSentPages: copy.roundSentPages,
      roundPages: copy.roundPages,
      totalBytes: copy.totalBytes,
      bytesPerSec,
      dirtyPagesPerSec,
      throttleRatio: copy.throttleRatio,
      isStalled: atMs - this.#lastSentMs > stalledMs,
      predictedRemainingMs: remainingMs(leftPages, dirtyPagesPerSec, bytesPerSec),
      predictedDowntimeMs: downtimeMs(leftPages, dirtyPagesPerSec, bytesPerSec),
    }
  }
}

/** Geometric series of rounds, each what the last one left dirty: N / (1 - d/b); null when it would not end. */
function remainingMs(
  leftPages: number,
  dirtyPagesPerSec: number | null,
  bytesPerSec: number,
): number | null {
  if (bytesPerSec <= 0) return null
  const copyMs = (1000 * leftPages * PAGE_BYTES) / bytesPerSec
  const ratio = ((dirtyPagesPerSec ?? 0) * PAGE_BYTES) / bytesPerSec
  return ratio >= 1 ? null : copyMs / (1 - ratio)
}

/** What this round will leave dirty, at the present bandwidth, plus the switch-over. */
function downtimeMs(
  leftPages: number,
  dirtyPagesPerSec: number | null,
  bytesPerSec: number,
): number | null {
  if (bytesPerSec <= 0 || dirtyPagesPerSec === null) return null
  const roundSec = (leftPages * PAGE_BYTES) / bytesPerSec
  return (1000 * dirtyPagesPerSec * roundSec * PAGE_BYTES) / bytesPerSec + switchOverMs
}
