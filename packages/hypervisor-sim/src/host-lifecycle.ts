import { checkCanRun, checkDomainSpec, checkSchedule } from './capability.ts'
import type { DomainSpec, DomainState, Refusal } from './domain.ts'
import {
  addRecord,
  createRecord,
  type DomainRecord,
  findFree,
  findRecord,
  freeMemBytes,
  guestMemory,
  type HostState,
  removeRecord,
  stateOf,
  touch,
  zeroDomainCounters,
} from './host-state.ts'
import { hash32 } from './random.ts'
import { assertNever, ok, type Result, refuse } from './result.ts'
import { PAGE_BYTES } from './units.ts'

/** How long guests take, in virtual time while they execute. Assumptions of ordinary size. */
export const SHUT_DOWN_MS = 3000
export const REBOOT_MS = 5000
/** Xen scrubs a dead domain's memory before giving it back. */
export const SCRUB_MS = 200

type Done = Result<null, Refusal>

export function createDomain(state: HostState, spec: DomainSpec): Done {
  const checked = checkDomainSpec(spec)
  if (!checked.ok) return checked
  if (state.byId.has(spec.domainId)) {
    return refuse({ code: 'domain-exists', domainId: spec.domainId })
  }
  const runnable = checkCanRunHere(state, checked.value)
  if (!runnable.ok) return runnable
  addRecord(state, createRecord(checked.value))
  return ok(null)
}

/** `checkCanRun`, and the recorded load must be known here. */
export function checkCanRunHere(state: HostState, spec: DomainSpec): Done {
  const { workload } = spec
  if (workload.kind === 'trace' && !state.traces.has(workload.traceId)) {
    return refuse({ code: 'unknown-trace', traceId: workload.traceId })
  }
  return checkCanRun(state.spec, spec)
}

export function removeDomain(state: HostState, domainId: string): Done {
  const found = findIn(state, domainId, ['shut-off'])
  if (!found.ok) return found
  removeRecord(state, found.value)
  return ok(null)
}

export function startDomain(state: HostState, domainId: string): Done {
  const found = findIn(state, domainId, ['shut-off'])
  if (!found.ok) return found
  const record = found.value
  const runnable = checkCanRunHere(state, record.spec)
  if (!runnable.ok) return runnable
  const freeBytes = freeMemBytes(state)
  const neededBytes = record.spec.memTargetBytes
  if (neededBytes > freeBytes) return refuse({ code: 'not-enough-memory', freeBytes, neededBytes })
  boot(state, record)
  return ok(null)
}

/** A new domain for Xen: new domid, fresh memory, counters from zero. */
function boot(state: HostState, record: DomainRecord): void {
  record.power = 'running'
  record.pending = null
  // Fresh memory: the pages that still followed belonged to the old one.
  record.filling = null
  record.domid = takeDomid(state)
  record.memCurrentBytes = record.spec.memTargetBytes
  record.memorySeed = hash32(record.memorySeed, record.spec.seed, record.domid)
  record.memory = guestMemory(record.spec, record.memorySeed)
  Object.assign(record.counters, zeroDomainCounters())
  Object.assign(record.before, zeroDomainCounters())
  record.startedAtMs = state.clockMs
  touch(state)
}

/** Xen counts domids up and starts again below 0x7FF0. */
export function takeDomid(state: HostState): number {
  const domid = state.nextDomid
  state.nextDomid = domid + 1 >= 0x7ff0 ? 1 : domid + 1
  return domid
}

export function pauseDomain(state: HostState, domainId: string): Done {
  const found = findIn(state, domainId, ['running', 'blocked'])
  if (!found.ok) return found
  found.value.power = 'paused'
  touch(state)
  return ok(null)
}

export function unpauseDomain(state: HostState, domainId: string): Done {
  const found = findIn(state, domainId, ['paused'])
  if (!found.ok) return found
  found.value.power = 'running'
  touch(state)
  return ok(null)
}

/** Asks the guest; it goes on executing for a while, then its memory is given back. */
export function shutDownDomain(state: HostState, domainId: string): Done {
  return askGuest(state, domainId, 'shut-down', SHUT_DOWN_MS)
}

export function rebootDomain(state: HostState, domainId: string): Done {
  return askGuest(state, domainId, 'reboot', REBOOT_MS)
}

function askGuest(
  state: HostState,
  domainId: string,
  kind: 'shut-down' | 'reboot',
  leftMs: number,
): Done {
  const found = findIn(state, domainId, ['running', 'blocked'])
  if (!found.ok) return found
  if (found.value.pending === null) {
    found.value.pending = { kind, leftMs }
    touch(state)
  }
  return ok(null)
}

/**
 * Takes the domain off, whatever it does. Possible in any round of a migration and also while it is
 * suspended for one: then it is the administrator who decides that this copy is not the domain.
 */
export function destroyDomain(state: HostState, domainId: string): Done {
  const found = findRecord(state, domainId)
  if (!found.ok) return found
  const record = found.value
  if (record.incoming !== null) {
    return refuse({ code: 'migration-in-progress', migrationId: record.incoming.migrationId })
  }
  const allowed = checkState(record, ['running', 'blocked', 'paused', 'crashed'])
  if (!allowed.ok) return allowed
  die(state, record)
  return ok(null)
}

/** The guest's kernel panics. Memory stays for a post-mortem (`on_crash=preserve`) until destroyed. */
export function crashDomain(state: HostState, domainId: string): Done {
  const found = findIn(state, domainId, ['running', 'blocked', 'paused'])
  if (!found.ok) return found
  const record = found.value
  record.power = 'crashed'
  record.pending = null
  record.outgoing = null
  record.throttleRatio = 0
  touch(state)
  return ok(null)
}

function die(state: HostState, record: DomainRecord): void {
  record.power = 'dying'
  record.pending = { kind: 'scrub', leftMs: SCRUB_MS }
  record.outgoing = null
  record.serving = null
  record.filling = null
  record.suspendedBy = null
  record.throttleRatio = 0
  touch(state)
}

/** Called when the time of `record.pending` has come. */
export function finishPending(state: HostState, record: DomainRecord): void {
  const kind = record.pending?.kind ?? 'scrub'
  switch (kind) {
    case 'shut-down':
      die(state, record)
      break
    case 'reboot':
      // The old domain's memory becomes the new one's. A migration of the old one has lost its object.
      record.outgoing = null
      record.throttleRatio = 0
      rebootInPlace(state, record)
      break
    case 'scrub':
      record.power = 'shut-off'
      record.pending = null
      record.domid = null
      record.memCurrentBytes = 0
      touch(state)
      break
    default:
      assertNever(kind)
  }
}

/** With no room to grow back to its target it boots with what it had. */
function rebootInPlace(state: HostState, record: DomainRecord): void {
  const held = record.memCurrentBytes
  const room = held + freeMemBytes(state)
  boot(state, record)
  record.memCurrentBytes = Math.min(record.memCurrentBytes, wholePages(room))
}

/** Asks the balloon for a new size; the guest goes there gradually. */
export function setMemTarget(state: HostState, domainId: string, memTargetBytes: number): Done {
  const found = findIn(state, domainId, ['running', 'blocked', 'paused', 'shut-off'])
  if (!found.ok) return found
  const record = found.value
  const migrationId = record.outgoing?.migrationId ?? record.filling?.migrationId ?? null
  if (migrationId !== null) return refuse({ code: 'migration-in-progress', migrationId })
  const { memMinBytes, memMaxBytes } = record.spec
  const target = wholePages(memTargetBytes)
  if (!(target >= memMinBytes && target <= memMaxBytes)) {
    return refuse({ code: 'mem-target-out-of-range', memTargetBytes, memMinBytes, memMaxBytes })
  }
  const freeBytes = freeMemBytes(state)
  const neededBytes = target - record.memCurrentBytes
  if (record.power !== 'shut-off' && neededBytes > freeBytes) {
    return refuse({ code: 'not-enough-memory', freeBytes, neededBytes })
  }
  record.spec = { ...record.spec, memTargetBytes: target }
  touch(state)
  return ok(null)
}

/** Credit scheduler knobs, in force from now on. */
export function setSchedule(
  state: HostState,
  domainId: string,
  schedule: { readonly schedWeight: number; readonly schedCapPercent: number },
): Done {
  const found = findFree(state, domainId)
  if (!found.ok) return found
  const record = found.value
  const checked = checkSchedule({ ...schedule, vcpuCount: record.spec.vcpuCount })
  if (!checked.ok) return checked
  const { schedWeight, schedCapPercent } = schedule
  record.spec = { ...record.spec, schedWeight, schedCapPercent }
  touch(state)
  return ok(null)
}

function findIn(
  state: HostState,
  domainId: string,
  allowedStates: readonly DomainState[],
): Result<DomainRecord, Refusal> {
  const found = findFree(state, domainId)
  if (!found.ok) return found
  const allowed = checkState(found.value, allowedStates)
  return allowed.ok ? found : allowed
}

function checkState(record: DomainRecord, allowedStates: readonly DomainState[]): Done {
  const current = stateOf(record)
  return allowedStates.includes(current)
    ? ok(null)
    : refuse({ code: 'wrong-state', state: current, allowedStates })
}

function wholePages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES
}
