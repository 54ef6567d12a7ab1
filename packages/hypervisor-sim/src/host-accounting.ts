import { stepBalloon } from './balloon.ts'
import { cpuLimit } from './credit-scheduler.ts'
import { addFlow, dom0CpuDemand, grantOf, shareDevice } from './devices.ts'
import { fillShares } from './fair-share.ts'
import { finishPending } from './host-lifecycle.ts'
import {
  type DomainCounters,
  type DomainRecord,
  type FillingSession,
  freeMemBytes,
  type HostCounters,
  type HostState,
  isRecordExecuting,
  type MigrationFlow,
  rxFlowOf,
  txFlowOf,
} from './host-state.ts'
import { runUntilMissing } from './postcopy-guest.ts'
import { invariant } from './result.ts'
import { DEMAND_STEP_MS, evaluateWorkload } from './workload.ts'

/**
 * Virtual time. Demand is constant within steps of one second of the host's clock (evaluated in their
 * middle), so shares are computed once per step and counters grow linearly in between: the counters do
 * not depend on how time is cut into ticks, and most ticks are twenty additions per domain.
 *
 * One file, over 300 lines: demand, sharing and counting walk the same records in the same order and
 * share scratch arrays, so that a tick allocates nothing.
 */

/** A flow may save up this much of its rate while its agent waits for an answer. */
const FLOW_BURST_MS = 250

/** Lets virtual time pass. @throws when `elapsedMs` is negative or not finite. */
export function advance(state: HostState, elapsedMs: number): void {
  invariant(elapsedMs >= 0 && Number.isFinite(elapsedMs), `Time cannot pass by ${elapsedMs} ms`)
  startWindow(state, elapsedMs)
  let leftMs = elapsedMs
  while (leftMs > 0) {
    if (state.sharesStale || state.clockMs >= state.stepEndsAtMs) computeShares(state)
    let spanMs = Math.min(leftMs, state.stepEndsAtMs - state.clockMs)
    for (const record of state.records) {
      if (record.pending !== null && isBusy(record)) {
        spanMs = Math.min(spanMs, record.pending.leftMs)
      }
    }
    const endsStep = spanMs === state.stepEndsAtMs - state.clockMs
    passTime(state, spanMs)
    leftMs -= spanMs
    state.clockMs = endsStep ? state.stepEndsAtMs : state.clockMs + spanMs
    finishDue(state)
  }
}

function isBusy(record: DomainRecord): boolean {
  if (record.power === 'dying') return true
  return isRecordExecuting(record) && (record.filling?.waitsFor ?? null) === null
}

function finishDue(state: HostState): void {
  for (const record of state.records) {
    if (record.pending !== null && record.pending.leftMs <= 0 && isBusy(record)) {
      finishPending(state, record)
    }
  }
}

/** Remembers the counters, so that rates over the last tick can be told. */
function startWindow(state: HostState, elapsedMs: number): void {
  if (elapsedMs === 0) return
  state.windowMs = elapsedMs
  copyHostCounters(state.counters, state.before)
  for (const record of state.records) {
    copyDomainCounters(record.counters, record.before)
    trimBudget(txFlowOf(record))
    trimBudget(rxFlowOf(record))
  }
}

function trimBudget(flow: MigrationFlow | null): void {
  if (flow === null) return
  flow.budgetBytes = Math.min(flow.budgetBytes, (flow.bytesPerSec * FLOW_BURST_MS) / 1000)
}

function computeShares(state: HostState): void {
  const stepStartMs = Math.floor(state.clockMs / DEMAND_STEP_MS) * DEMAND_STEP_MS
  const isNewStep = state.clockMs >= state.stepEndsAtMs
  state.stepEndsAtMs = stepStartMs + DEMAND_STEP_MS
  state.sharesStale = false
  evaluateDemands(state, stepStartMs + DEMAND_STEP_MS / 2)
  shareDevices(state)
  shareCpus(state, isNewStep)
  settle(state)
}

function evaluateDemands(state: HostState, atMs: number): void {
  for (const record of state.records) {
    if (!isRecordExecuting(record)) continue
    const { workload, seed } = record.spec
    const trace = workload.kind === 'trace' ? (state.traces.get(workload.traceId) ?? null) : null
    evaluateWorkload(workload, seed, atMs + record.workloadOffsetMs, trace, record.demand)
  }
}

/** One flow per executing domain and device, in the order of records; then the migrations. */
function shareDevices(state: HostState): void {
  const { nicRx, nicTx, disk } = state
  nicRx.count = 0
  nicTx.count = 0
  disk.count = 0
  for (const record of state.records) {
    if (!isRecordExecuting(record)) continue
    const { spec, demand } = record
    const hasVif = spec.vifs.length > 0
    addFlow(nicRx, hasVif ? demand.netRxBytesPerSec : 0)
    addFlow(nicTx, hasVif ? demand.netTxBytesPerSec : 0)
    const storage = demand.diskReadBytesPerSec + demand.diskWriteBytesPerSec
    addFlow(disk, spec.vbds.length > 0 ? storage : 0)
  }
  for (const record of state.records) {
    const leaving = txFlowOf(record)
    const arriving = rxFlowOf(record)
    if (leaving !== null) addFlow(nicTx, flowDemand(leaving))
    if (arriving !== null) addFlow(nicRx, flowDemand(arriving))
  }
  shareDevice(nicRx)
  shareDevice(nicTx)
  shareDevice(disk)
}

/** A migration takes what it can get. */
function flowDemand(flow: MigrationFlow): number {
  return Math.min(
    flow.limitBytesPerSec ?? Number.POSITIVE_INFINITY,
    flow.askedBytesPerSec ?? Number.POSITIVE_INFINITY,
    flow.pathBytesPerSec ?? Number.POSITIVE_INFINITY,
  )
}

/** dom0 first in the arrays, then the executing domains in the order of records. */
function shareCpus(state: HostState, isNewStep: boolean): void {
  if (state.cpuWanted.length <= state.records.length) {
    const length = 2 * (state.records.length + 1)
    state.cpuWanted = new Float64Array(length)
    state.cpuWeights = new Float64Array(length)
    state.cpuGranted = new Float64Array(length)
  }
  const { spec, cpuWanted, cpuWeights } = state
  const demanded = dom0Demand(state, isNewStep)
  state.dom0.wantedCpus = Math.min(demanded, spec.dom0.vcpuCount)
  cpuWanted[0] = state.dom0.wantedCpus
  cpuWeights[0] = spec.dom0.schedWeight
  let count = 1
  for (const record of state.records) {
    if (!isRecordExecuting(record)) continue
    const { vcpuCount, schedCapPercent, schedWeight } = record.spec
    record.wantedCpus = Math.min(record.demand.cpuVcpus, vcpuCount) * (1 - record.throttleRatio)
    cpuWanted[count] = cpuLimit(record.wantedCpus, vcpuCount, schedCapPercent)
    cpuWeights[count] = schedWeight
    count++
  }
  fillShares(spec.pcpuCount, cpuWanted, cpuWeights, state.cpuGranted, count)
  state.dom0.grantedCpus = state.cpuGranted[0] ?? 0
}

/** Copying for guests and for migrations that moved something since the last step. */
function dom0Demand(state: HostState, isNewStep: boolean): number {
  let net = 0
  let disk = 0
  let flow = 0
  for (const record of state.records) {
    if (!isRecordExecuting(record)) continue
    net += grantOf(state.nicRx, flow) + grantOf(state.nicTx, flow)
    disk += grantOf(state.disk, flow)
    flow++
  }
  let tx = flow
  let rx = flow
  for (const record of state.records) {
    const leaving = txFlowOf(record)
    const arriving = rxFlowOf(record)
    if (leaving !== null) net += copyRate(leaving, grantOf(state.nicTx, tx++), isNewStep)
    if (arriving !== null) net += copyRate(arriving, grantOf(state.nicRx, rx++), isNewStep)
  }
  return dom0CpuDemand(net, disk)
}

function copyRate(flow: MigrationFlow, grantedBytesPerSec: number, isNewStep: boolean): number {
  const isActive = flow.isNew || flow.takenInStep > 0
  if (isNewStep) {
    flow.takenInStep = 0
    flow.isNew = false
  }
  return isActive ? grantedBytesPerSec : 0
}

/**
 * What everybody gets in this step. A guest short of CPU sends, stores and dirties less in proportion;
 * a dom0 short of CPU moves migrations more slowly.
 */
function settle(state: HostState): void {
  state.netRxRate = 0
  state.netTxRate = 0
  state.diskReadRate = 0
  state.diskWriteRate = 0
  state.cpuRate = state.dom0.grantedCpus
  let index = 0
  for (const record of state.records) {
    if (!isRecordExecuting(record)) {
      stopShares(record)
      continue
    }
    settleDomain(state, record, index++)
  }
  const { wantedCpus, grantedCpus } = state.dom0
  const dom0Ratio = wantedCpus > 0 ? grantedCpus / wantedCpus : 1
  let tx = index
  let rx = index
  for (const record of state.records) {
    const leaving = txFlowOf(record)
    const arriving = rxFlowOf(record)
    if (leaving !== null) leaving.bytesPerSec = grantOf(state.nicTx, tx++) * dom0Ratio
    if (arriving !== null) arriving.bytesPerSec = grantOf(state.nicRx, rx++) * dom0Ratio
  }
}

function settleDomain(state: HostState, record: DomainRecord, index: number): void {
  const { demand, granted } = record
  const runnable = Math.min(demand.cpuVcpus, record.spec.vcpuCount)
  const gotCpus = state.cpuGranted[index + 1] ?? 0
  const ratio = runnable > 0 ? gotCpus / runnable : 1
  granted.cpuVcpus = gotCpus
  granted.netRxBytesPerSec = grantOf(state.nicRx, index) * ratio
  granted.netTxBytesPerSec = grantOf(state.nicTx, index) * ratio
  const storage = demand.diskReadBytesPerSec + demand.diskWriteBytesPerSec
  const diskRatio = storage > 0 ? (grantOf(state.disk, index) / storage) * ratio : 0
  granted.diskReadBytesPerSec = demand.diskReadBytesPerSec * diskRatio
  granted.diskWriteBytesPerSec = demand.diskWriteBytesPerSec * diskRatio
  granted.memUsedBytes = demand.memUsedBytes
  granted.hotWritesPerSec = demand.hotWritesPerSec * ratio
  granted.coldWritesPerSec = demand.coldWritesPerSec * ratio
  state.cpuRate += gotCpus
  state.netRxRate += granted.netRxBytesPerSec
  state.netTxRate += granted.netTxBytesPerSec
  state.diskReadRate += granted.diskReadBytesPerSec
  state.diskWriteRate += granted.diskWriteBytesPerSec
}

function stopShares(record: DomainRecord): void {
  const { granted } = record
  record.wantedCpus = 0
  granted.cpuVcpus = 0
  granted.netRxBytesPerSec = 0
  granted.netTxBytesPerSec = 0
  granted.diskReadBytesPerSec = 0
  granted.diskWriteBytesPerSec = 0
  granted.memUsedBytes = 0
  granted.hotWritesPerSec = 0
  granted.coldWritesPerSec = 0
}

function passTime(state: HostState, spanMs: number): void {
  const seconds = spanMs / 1000
  const host = state.counters
  host.cpuTimeMs += state.cpuRate * spanMs
  host.dom0CpuTimeMs += state.dom0.grantedCpus * spanMs
  host.dom0StealMs += Math.max(0, state.dom0.wantedCpus - state.dom0.grantedCpus) * spanMs
  host.netRxBytes += state.netRxRate * seconds
  host.netTxBytes += state.netTxRate * seconds
  host.diskReadBytes += state.diskReadRate * seconds
  host.diskWriteBytes += state.diskWriteRate * seconds
  for (const record of state.records) {
    for (const flow of [txFlowOf(record), rxFlowOf(record)]) {
      if (flow !== null) flow.budgetBytes += flow.bytesPerSec * seconds
    }
    if (record.incoming !== null) continue
    if (record.filling !== null) {
      fillDuring(state, record, { session: record.filling, spanMs })
      continue
    }
    if (record.pending !== null && isBusy(record)) record.pending.leftMs -= spanMs
    if (!isRecordExecuting(record)) continue
    const { counters, granted } = record
    counters.hotWrites += granted.hotWritesPerSec * seconds
    counters.coldWrites += granted.coldWritesPerSec * seconds
    countLoad(record, spanMs)
    moveBalloon(state, record, spanMs)
  }
}

/** What a domain uses while it executes, page writes excepted. */
function countLoad({ counters, granted, wantedCpus }: DomainRecord, spanMs: number): void {
  const seconds = spanMs / 1000
  counters.cpuTimeMs += granted.cpuVcpus * spanMs
  counters.stealMs += Math.max(0, wantedCpus - granted.cpuVcpus) * spanMs
  counters.netRxBytes += granted.netRxBytesPerSec * seconds
  counters.netTxBytes += granted.netTxBytesPerSec * seconds
  counters.diskReadBytes += granted.diskReadBytesPerSec * seconds
  counters.diskWriteBytes += granted.diskWriteBytesPerSec * seconds
}

/**
 * A domain whose pages follow: it executes up to the first page that is not here and then uses nothing of what it was given,
 * which the host's own counters have counted already.
 */
function fillDuring(
  { counters: host }: HostState,
  record: DomainRecord,
  { session, spanMs }: { readonly session: FillingSession; readonly spanMs: number },
): void {
  const { granted, pending } = record
  const isDying = record.power === 'dying'
  if (!isDying && !isRecordExecuting(record)) return
  const ranMs = isDying ? spanMs : runUntilMissing(record, session, spanMs)
  if (pending !== null) pending.leftMs -= ranMs
  countLoad(record, ranMs)
  const lostMs = spanMs - ranMs
  session.waitedMs += lostMs
  host.cpuTimeMs -= granted.cpuVcpus * lostMs
  host.netRxBytes -= (granted.netRxBytesPerSec * lostMs) / 1000
  host.netTxBytes -= (granted.netTxBytesPerSec * lostMs) / 1000
  host.diskReadBytes -= (granted.diskReadBytesPerSec * lostMs) / 1000
  host.diskWriteBytes -= (granted.diskWriteBytesPerSec * lostMs) / 1000
}

/** The balloon stands still during a migration: the pages to be sent are counted at its start. */
function moveBalloon(state: HostState, record: DomainRecord, spanMs: number): void {
  const { memTargetBytes } = record.spec
  if (record.memCurrentBytes === memTargetBytes || record.outgoing !== null) return
  const free = memTargetBytes > record.memCurrentBytes ? freeMemBytes(state) : 0
  record.memCurrentBytes = stepBalloon(record.memCurrentBytes, memTargetBytes, spanMs, free)
}

function copyDomainCounters(a: DomainCounters, b: DomainCounters): void {
  b.cpuTimeMs = a.cpuTimeMs
  b.stealMs = a.stealMs
  b.netRxBytes = a.netRxBytes
  b.netTxBytes = a.netTxBytes
  b.diskReadBytes = a.diskReadBytes
  b.diskWriteBytes = a.diskWriteBytes
  b.hotWrites = a.hotWrites
  b.coldWrites = a.coldWrites
}

function copyHostCounters(a: HostCounters, b: HostCounters): void {
  b.cpuTimeMs = a.cpuTimeMs
  b.dom0CpuTimeMs = a.dom0CpuTimeMs
  b.dom0StealMs = a.dom0StealMs
  b.netRxBytes = a.netRxBytes
  b.netTxBytes = a.netTxBytes
  b.diskReadBytes = a.diskReadBytes
  b.diskWriteBytes = a.diskWriteBytes
  b.migrationRxBytes = a.migrationRxBytes
  b.migrationTxBytes = a.migrationTxBytes
}
