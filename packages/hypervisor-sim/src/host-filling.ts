import type { Refusal } from './domain.ts'
import { adoptHandover, incomingOf } from './host-incoming.ts'
import { type DomainRecord, type FillingSession, type HostState, touch } from './host-state.ts'
import type { SplitHandover } from './migration-handover.ts'
import { countPages, fitsPages } from './page-bitmap.ts'
import { digestText, tagLane1, tagLane2 } from './page-tag.ts'
import { acceptPage, createPostcopyArrivals } from './postcopy-arrivals.ts'
import type { PageBatch } from './precopy.ts'
import { checkBatch, forgetPages, imageDigest, missingPages } from './restore.ts'
import { ok, type Result, refuse } from './result.ts'

/**
 * The destination end of post-copy: the domain runs here while its pages follow. That it has the memory it was paused with is
 * shown in two steps, each exact. Before it runs: the pages it holds, without those that follow, have the digest that the source
 * says of just these (`splitIncoming`). When the last page has come: the digest of all pages, each as it came, is the source's
 * digest of the whole image at the pause (`finishFilling`). The guest's own writes are in neither, for they go to the guest's
 * memory and never to that sum, and a page is accepted once, so none of them is ever overwritten.
 */

/** Where a domain whose pages follow is. */
export interface FillingProgress {
  readonly migrationId: string
  readonly pageCount: number
  readonly firstMissingPages: number
  readonly missingPages: number
  /** Pages the guest touched before they came. */
  readonly demandedPages: number
  /** How long it stood still for them, since it runs here. */
  readonly waitedMs: number
  /** It stands still now, for this page. */
  readonly waitsFor: number | null
}

/** Sets aside what is out of date and compares the rest with the source's digest of it. Nothing executes yet. */
export function splitIncoming(
  state: HostState,
  handover: SplitHandover,
): Result<{ readonly digest: string }, Refusal> {
  const found = incomingOf(state, handover.migrationId)
  if (!found.ok) return found
  const { image } = found.value.session
  const { missing, pageCount } = handover
  if (pageCount !== image.pageCount) {
    return refuse({
      code: 'page-count-mismatch',
      expectedPages: pageCount,
      actualPages: image.pageCount,
    })
  }
  if (!fitsPages(missing, pageCount)) {
    return refuse({ code: 'bad-batch', problem: 'frame-out-of-range' })
  }
  forgetPages(image, missing)
  // A page that neither came nor follows: the guest would run on nothing.
  const unaccounted = missingPages(image) - countPages(missing)
  if (unaccounted !== 0) return refuse({ code: 'pages-missing', missingPages: unaccounted })
  const actualDigest = imageDigest(image)
  return actualDigest === handover.heldDigest
    ? ok({ digest: actualDigest })
    : refuse({ code: 'digest-mismatch', expectedDigest: handover.heldDigest, actualDigest })
}

/** The point of no return: the copy becomes the domain and executes, with pages missing. After `splitIncoming`. */
export function activateFilling(
  state: HostState,
  handover: SplitHandover,
): Result<{ readonly domainId: string; readonly domid: number | null }, Refusal> {
  const split = splitIncoming(state, handover)
  if (!split.ok) return split
  const found = incomingOf(state, handover.migrationId)
  if (!found.ok) return found
  const { record, session } = found.value
  const { image, flow } = session
  const arrivals = createPostcopyArrivals(handover.missing)
  adoptHandover(state, record, handover)
  record.filling = {
    migrationId: handover.migrationId,
    pageCount: image.pageCount,
    expectedDigest: handover.digest,
    arrivals,
    firstMissingPages: arrivals.missingPages,
    lane1: image.lane1,
    lane2: image.lane2,
    heldPages: image.receivedPages,
    waitsFor: null,
    waitedMs: 0,
    asks: [],
    flow,
  }
  return ok({ domainId: record.spec.domainId, domid: record.domid })
}

/** Takes the pages that are missing; one that has come already stays as the guest has it. */
export function applyFilling(
  state: HostState,
  migrationId: string,
  batch: PageBatch,
): Result<{ readonly appliedPages: number }, Refusal> {
  const found = fillingOf(state, migrationId)
  if (!found.ok) return found
  const { session } = found.value
  const checked = checkBatch(batch, session.pageCount)
  if (!checked.ok) return checked
  let appliedPages = 0
  for (const [index, frame] of batch.frames.entries()) {
    if (!acceptPage(session.arrivals, frame)) continue
    addPage(session, frame, batch.versions[index] ?? 0)
    if (session.waitsFor === frame) session.waitsFor = null
    appliedPages++
  }
  return ok({ appliedPages })
}

/** As in an image (`restore.ts`): tag 0 adds nothing, by convention. */
function addPage(session: FillingSession, frame: number, tag: number): void {
  session.heldPages++
  if (tag === 0) return
  session.lane1 = (session.lane1 + tagLane1(frame, tag)) | 0
  session.lane2 = (session.lane2 + tagLane2(frame, tag)) | 0
}

/** Pages touched since the last call that are not here: the source should send them first. */
export function takeAsks(
  state: HostState,
  migrationId: string,
): Result<readonly number[], Refusal> {
  const found = fillingOf(state, migrationId)
  if (!found.ok) return found
  const { session } = found.value
  const { asks } = session
  if (asks.length > 0) session.asks = []
  return ok(asks)
}

/** A copy of the bitmap of pages that have not come. */
export function missingOf(state: HostState, migrationId: string): Result<Uint32Array, Refusal> {
  const found = fillingOf(state, migrationId)
  return found.ok ? ok(found.value.session.arrivals.missing.slice()) : found
}

/** With every page here and the image proven, it is a domain like any other. */
export function finishFilling(
  state: HostState,
  migrationId: string,
): Result<{ readonly digest: string }, Refusal> {
  const found = fillingOf(state, migrationId)
  if (!found.ok) return found
  const { record, session } = found.value
  const left = session.arrivals.missingPages
  if (left > 0) return refuse({ code: 'pages-missing', missingPages: left })
  const actualDigest = digestText(session.lane1, session.lane2, session.heldPages)
  if (actualDigest !== session.expectedDigest) {
    const { expectedDigest } = session
    return refuse({ code: 'digest-mismatch', expectedDigest, actualDigest })
  }
  record.filling = null
  touch(state)
  return ok({ digest: actualDigest })
}

export function fillingProgress(
  state: HostState,
  migrationId: string,
): Result<FillingProgress, Refusal> {
  const found = fillingOf(state, migrationId)
  if (!found.ok) return found
  const { session } = found.value
  return ok({
    migrationId,
    pageCount: session.pageCount,
    firstMissingPages: session.firstMissingPages,
    missingPages: session.arrivals.missingPages,
    demandedPages: session.arrivals.faults,
    waitedMs: session.waitedMs,
    waitsFor: session.waitsFor,
  })
}

function fillingOf(
  state: HostState,
  migrationId: string,
): Result<{ readonly record: DomainRecord; readonly session: FillingSession }, Refusal> {
  for (const record of state.records) {
    if (record.filling?.migrationId === migrationId) {
      return ok({ record, session: record.filling })
    }
  }
  return refuse({ code: 'no-such-migration', migrationId })
}
