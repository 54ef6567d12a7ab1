import { frameOfWrite } from './dirty-memory.ts'
import type { DomainRecord, FillingSession } from './host-state.ts'
import { touchPage } from './postcopy-arrivals.ts'

/**
 * The guest of a post-copy migration: it touches pages by writing them (`dirty-memory.ts`), and the first one that is not here
 * stops all of it until that page has come, as if it had one vCPU. That is the worst case. The write that stopped it is
 * counted, and done when the page is there.
 */

/** Lets it write for at most `spanMs`; returns for how long it ran. */
export function runUntilMissing(
  record: DomainRecord,
  session: FillingSession,
  spanMs: number,
): number {
  const { counters, granted, memory } = record
  const { hotPages, coldPages } = memory.shape
  let ranMs = 0
  while (session.waitsFor === null) {
    const hotMs = untilWriteMs(hotPages, counters.hotWrites, granted.hotWritesPerSec)
    const coldMs = untilWriteMs(coldPages, counters.coldWrites, granted.coldWritesPerSec)
    const stepMs = Math.min(hotMs, coldMs, spanMs - ranMs)
    const isHotDue = stepMs === hotMs
    const isColdDue = stepMs === coldMs && !isHotDue
    counters.hotWrites = written(
      counters.hotWrites,
      (stepMs * granted.hotWritesPerSec) / 1000,
      isHotDue,
    )
    counters.coldWrites = written(
      counters.coldWrites,
      (stepMs * granted.coldWritesPerSec) / 1000,
      isColdDue,
    )
    ranMs += stepMs
    if (isHotDue) touch(session, frameOfWrite(memory, 'hot', counters.hotWrites - 1))
    else if (isColdDue) touch(session, frameOfWrite(memory, 'cold', counters.coldWrites - 1))
    else return spanMs
  }
  return ranMs
}

/** A millionth of a write: far more than fractions add up to, far less than anybody sees. */
const hair = 1e-6

/** Whole exactly when a write is due, and short of whole when none is, so that each write is looked at, and once. */
function written(before: number, writes: number, isDue: boolean): number {
  const next = Math.floor(before) + 1
  return isDue ? next : Math.max(before, Math.min(before + writes, next - hair))
}

function touch(session: FillingSession, frame: number): void {
  const touched = touchPage(session.arrivals, frame)
  if (touched === 'present') return
  session.waitsFor = frame
  if (touched === 'ask') session.asks.push(frame)
}

/** Until the next whole write of a level; never for one without pages or writes. */
function untilWriteMs(pages: number, writes: number, writesPerSec: number): number {
  if (pages === 0 || writesPerSec <= 0) return Number.POSITIVE_INFINITY
  return (1000 * (Math.floor(writes) + 1 - writes)) / writesPerSec
}
