import { checkCanArrive, checkDomainSpec } from './capability.ts'
import type { Refusal } from './domain.ts'
import { checkCanRunHere, takeDomid } from './host-lifecycle.ts'
import {
  addRecord,
  createFlow,
  createRecord,
  type DomainRecord,
  freeMemBytes,
  guestMemory,
  type HostState,
  type IncomingSession,
  removeRecord,
  takeBudget,
  touch,
} from './host-state.ts'
import type { Handover, IncomingDescription } from './migration-handover.ts'
import type { PageBatch } from './precopy.ts'
import { applyBatch, createMemoryImage, imageDigest, missingPages } from './restore.ts'
import { ok, type Result, refuse } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/**
 * The destination end of a live migration on a host: reserve, fill, activate. Until `activateIncoming`
 * the copy is listed but does not execute, and `abortIncoming` leaves no trace of it.
 */

export interface IncomingImage {
  readonly digest: string
  readonly missingPages: number
  readonly pageCount: number
}

export function takeIncomingBudgetBytes(
  state: HostState,
  migrationId: string,
  wantedBytes: number,
): number {
  const flow = state.records
    .map((record) => record.incoming ?? record.filling)
    .find((session) => session?.migrationId === migrationId)?.flow
  if (flow === undefined) return 0
  const taken = takeBudget(flow, wantedBytes)
  state.counters.migrationRxBytes += taken
  return taken
}

/**
 * Checks that the domain can run here and reserves its memory now. From here the domain is listed,
 * paused, with the same UUID and a domid of this host; it does not execute.
 */
export function prepareIncoming(
  state: HostState,
  description: IncomingDescription,
): Result<{ readonly domid: number }, Refusal> {
  const { migrationId, pageCount, memorySeed, generation } = description
  const checked = checkDomainSpec(description.spec)
  if (!checked.ok) return checked
  const spec = checked.value
  const present = state.byId.get(spec.domainId)
  if (present !== undefined) {
    const busy = present.incoming?.migrationId ?? present.suspendedBy
    return busy === null
      ? refuse({ code: 'domain-exists', domainId: spec.domainId })
      : refuse({ code: 'migration-in-progress', migrationId: busy })
  }
  const arrives = checkCanArrive(state.spec, spec, description.sourceXenVersion)
  if (!arrives.ok) return arrives
  const runnable = checkCanRunHere(state, spec)
  if (!runnable.ok) return runnable
  const freeBytes = freeMemBytes(state)
  const neededBytes = pageCount * PAGE_BYTES
  if (!Number.isSafeInteger(pageCount) || neededBytes > spec.memMaxBytes) {
    return refuse({ code: 'bad-spec', field: 'pageCount', problem: 'does not fit the domain' })
  }
  if (neededBytes > freeBytes) return refuse({ code: 'not-enough-memory', freeBytes, neededBytes })
  const domid = takeDomid(state)
  const incoming = { migrationId, image: createMemoryImage(pageCount), flow: createFlow(null) }
  const record: DomainRecord = {
    ...createRecord(spec),
    power: 'paused',
    domid,
    generation,
    memCurrentBytes: neededBytes,
    memorySeed,
    memory: guestMemory(spec, memorySeed),
    incoming,
  }
  addRecord(state, record)
  return ok({ domid })
}

/** Puts a batch into the image. Charge the link with `takeIncomingBudgetBytes` before. */
export function applyIncoming(
  state: HostState,
  migrationId: string,
  batch: PageBatch,
): Result<{ readonly appliedPages: number }, Refusal> {
  const found = incomingOf(state, migrationId)
  return found.ok ? applyBatch(found.value.session.image, batch) : found
}

export function incomingImage(
  state: HostState,
  migrationId: string,
): Result<IncomingImage, Refusal> {
  const found = incomingOf(state, migrationId)
  if (!found.ok) return found
  const { image } = found.value.session
  return ok({
    digest: imageDigest(image),
    missingPages: missingPages(image),
    pageCount: image.pageCount,
  })
}

/**
 * The point of no return: if every page is here and the digest is the source's, the copy becomes the
 * domain and executes (or stays paused, if it was).
 */
export function activateIncoming(
  state: HostState,
  handover: Handover,
): Result<{ readonly domainId: string; readonly domid: number | null }, Refusal> {
  const found = incomingOf(state, handover.migrationId)
  if (!found.ok) return found
  const { record, session } = found.value
  const { image } = session
  if (handover.pageCount !== image.pageCount) {
    return refuse({
      code: 'page-count-mismatch',
      expectedPages: handover.pageCount,
      actualPages: image.pageCount,
    })
  }
  const missing = missingPages(image)
  if (missing > 0) return refuse({ code: 'pages-missing', missingPages: missing })
  const actualDigest = imageDigest(image)
  if (actualDigest !== handover.digest) {
    return refuse({ code: 'digest-mismatch', expectedDigest: handover.digest, actualDigest })
  }
  adoptHandover(state, record, handover)
  return ok({ domainId: record.spec.domainId, domid: record.domid })
}

/** The arriving copy is the domain from here on; its counters start from zero, as on real hosts. */
export function adoptHandover(state: HostState, record: DomainRecord, handover: Handover): void {
  record.incoming = null
  record.power = handover.isPaused ? 'paused' : 'running'
  record.counters.hotWrites = handover.hotWrites
  record.counters.coldWrites = handover.coldWrites
  Object.assign(record.before, record.counters)
  record.pending = handover.pending === null ? null : { ...handover.pending }
  record.workloadOffsetMs = handover.workloadTimeMs - state.clockMs
  record.startedAtMs = state.clockMs - handover.uptimeMs
  touch(state)
}

/** Drops an arriving copy and its reservation. Already gone: nothing to do. */
export function abortIncoming(state: HostState, migrationId: string): void {
  const record = incomingRecord(state, migrationId)
  if (record !== undefined) removeRecord(state, record)
}

function incomingRecord(state: HostState, migrationId: string): DomainRecord | undefined {
  return state.records.find((record) => record.incoming?.migrationId === migrationId)
}

export function incomingOf(
  state: HostState,
  migrationId: string,
): Result<{ readonly record: DomainRecord; readonly session: IncomingSession }, Refusal> {
  const record = incomingRecord(state, migrationId)
  const session = record?.incoming
  if (record === undefined || session == null) {
    return refuse({ code: 'no-such-migration', migrationId })
  }
  return ok({ record, session })
}
