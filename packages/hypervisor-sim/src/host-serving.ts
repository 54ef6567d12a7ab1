import { heldDigest, pageVersion, viewMemory } from './dirty-memory.ts'
import type { Refusal } from './domain.ts'
import {
  handoverOf,
  type OutgoingStep,
  outgoingOf,
  ownedBy,
  takeOutgoingBudgetBytes,
} from './host-outgoing.ts'
import {
  createFlow,
  findRecord,
  type HostState,
  pageCountOf,
  type ServingSession,
  touch,
} from './host-state.ts'
import type { SplitHandover } from './migration-handover.ts'
import { fitsPages } from './page-bitmap.ts'
import { pageTag } from './page-tag.ts'
import { createPostcopyOrder, nextFrames, reportFault } from './postcopy-order.ts'
import { type RoundStats, roundSoFar, suspendSource } from './precopy.ts'
import { ok, type Result, refuse } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * The source end of post-copy: the domain is suspended with pages still to send, and once it runs on the destination its frozen
 * memory is sent from here, each page once. Which pages those are only the destination knows for certain (either agent may
 * have been restarted in between), so it says so each time the two begin to talk: `servePages` starts anew from its word.
 */

/**
 * Stops the domain, at any point of a round; from here its downtime runs, and no page is sent in it. `cutShort` is the round
 * that was under way. Undo: `resumeAfterMigration`, until the destination runs it.
 */
export function splitOutgoing(
  state: HostState,
  domainId: string,
): Result<{ readonly cutShort: RoundStats | null; readonly handover: SplitHandover }, Refusal> {
  const found = outgoingOf(state, domainId)
  if (!found.ok) return found
  const { record, session } = found.value
  const { migrationId, source } = session
  if (record.suspendedBy !== null) {
    return refuse({ code: 'migration-in-progress', migrationId: record.suspendedBy })
  }
  const cutShort = roundSoFar(source, state.clockMs)
  record.suspendedBy = migrationId
  const missingPages = suspendSource(source, record.counters, state.clockMs)
  if (cutShort !== null) session.rounds.push({ ...cutShort, dirtyPages: missingPages })
  const missing = source.bitmap.slice()
  const view = viewMemory(record.memory, record.counters)
  touch(state)
  return ok({
    cutShort: cutShort === null ? null : { ...cutShort, dirtyPages: missingPages },
    handover: {
      ...handoverOf(state, record, source),
      missing,
      heldDigest: heldDigest(view, source.pageCount, missing),
    },
  })
}

/** The destination runs the domain and misses these: sends them, at all the link gives. Also after a restart of the agent. */
export function servePages(
  state: HostState,
  migration: { readonly domainId: string; readonly migrationId: string },
  missing: Uint32Array,
): Result<null, Refusal> {
  const { domainId, migrationId } = migration
  const found = ownedBy(state, domainId, migrationId)
  if (!found.ok) return found
  const record = found.value
  if (record.suspendedBy === null) return refuse({ code: 'not-suspended', migrationId })
  const pageCount = pageCountOf(record)
  if (!fitsPages(missing, pageCount)) {
    return refuse({ code: 'bad-batch', problem: 'frame-out-of-range' })
  }
  record.outgoing = null
  record.serving = {
    migrationId,
    order: createPostcopyOrder(missing, pageCount),
    frozen: viewMemory(record.memory, record.counters),
    flow: record.serving?.flow ?? createFlow(null),
  }
  touch(state)
  return ok(null)
}

/** The guest on the destination waits for this page: it is sent next, if it has not been sent. */
export function reportMissing(
  state: HostState,
  domainId: string,
  frame: number,
): Result<null, Refusal> {
  const found = servingOf(state, domainId)
  if (!found.ok) return found
  reportFault(found.value.order, frame)
  return ok(null)
}

/** The next pages the link has room for, already charged to it; `round-sent` when all are sent. */
export function takeServedBatch(
  state: HostState,
  domainId: string,
  maxPages: number,
): Result<OutgoingStep, Refusal> {
  const found = servingOf(state, domainId)
  if (!found.ok) return found
  const { flow, frozen, order } = found.value
  if (order.unsentPages === 0) return ok({ kind: 'round-sent' })
  const pages = Math.min(maxPages, Math.floor(flow.budgetBytes / PAGE_BYTES))
  if (pages < 1) return ok({ kind: 'no-budget' })
  const frames = nextFrames(order, pages)
  takeOutgoingBudgetBytes(state, domainId, frames.length * PAGE_BYTES)
  const versions = Uint8Array.from(frames, (frame) => pageTag(frame, pageVersion(frozen, frame)))
  return ok({ kind: 'batch', batch: { roundIndex: 0, frames, versions } })
}

function servingOf(state: HostState, domainId: string): Result<ServingSession, Refusal> {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const session = found.value.serving
  return session === null ? refuse({ code: 'not-migrating', domainId }) : ok(session)
}
