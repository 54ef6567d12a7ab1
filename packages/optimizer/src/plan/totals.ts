import type { Host } from '@drover/api-schema/host.ts'
import type { HostId } from '@drover/api-schema/ids.ts'
import { type MigrationSettings, poolLimit } from '@drover/api-schema/migration-settings.ts'
import type { PlannedStep, PlanTotals } from '@drover/api-schema/plan.ts'
import { nextSteps, type StepProgress } from './next-steps.ts'

export type TotalsPort = {
  readonly host: (hostId: HostId) => Host | null
  /** Before the first step, less what is promised. */
  readonly freeBytes: (hostId: HostId) => number
  readonly settings: MigrationSettings
  /** A step that waits for its turn among those that rules look at (`Placement.isRuled`). */
  readonly isRuled: (step: PlannedStep) => boolean
}

/**
 * What the steps cost together. The time is that of playing them: a step begins when there is room and the limits of the queue
 * let it, and copies that leave or enter one host share its link. What other migrations take is not known and left out.
 */
export function totalsOf(steps: readonly PlannedStep[], port: TotalsPort): PlanTotals {
  const pauses = steps.map(({ predicted }) => predicted?.downtimeMs ?? 0)
  return {
    stepCount: steps.length,
    detourCount: steps.filter(({ isDetour }) => isDetour).length,
    totalMs: Math.round(playMs(steps, port)),
    bytes: sum(steps.map(({ predicted, memBytes }) => predicted?.bytes ?? memBytes)),
    downtimeMs: sum(pauses),
    longestDowntimeMs: Math.max(0, ...pauses),
    unpredictedCount: steps.filter(({ predicted }) => predicted === null).length,
  }
}

/** Remaining work of a running step, in ms of a copy that has its links for itself. */
type Running = { readonly index: number; leftMs: number }

function playMs(steps: readonly PlannedStep[], port: TotalsPort): number {
  const progress: StepProgress[] = steps.map(() => 'waiting')
  const ordered = steps.map(({ sourceHostId, destinationHostId, ...step }) => ({
    ...step,
    fromHostId: sourceHostId,
    toHostId: destinationHostId,
  }))
  const taken = new Map<HostId, number>()
  let running: Running[] = []
  let nowMs = 0
  for (;;) {
    for (const index of ready()) begin(index)
    // Nothing runs and nothing can begin: all are done, or the rest has no order and takes no time.
    if (running.length === 0) return nowMs
    const sharers = running.map(({ index }) => sharersOf(index))
    const stepMs = Math.min(...running.map(({ leftMs }, at) => leftMs * (sharers[at] ?? 1)))
    nowMs += stepMs
    for (const [at, one] of running.entries()) one.leftMs -= stepMs / (sharers[at] ?? 1)
    for (const { index } of running.filter(isOver)) end(index)
    running = running.filter((one) => !isOver(one))
  }

  function ready(): number[] {
    const isRuledRunning = running.some(({ index }) => isRuled(index))
    let ruledBefore = isRuledRunning
    const turn = new Set<number>()
    for (const index of steps.keys()) {
      if (progress[index] !== 'waiting' || !isRuled(index)) continue
      if (!ruledBefore) turn.add(index)
      ruledBefore = true
    }
    return nextSteps(ordered, progress, {
      freeBytes: (hostId) => port.freeBytes(hostId) - (taken.get(hostId) ?? 0),
      mayCome: () => true,
    }).filter((index) => !isRuled(index) || turn.has(index))
  }
  function isRuled(index: number): boolean {
    const step = steps[index]
    return step !== undefined && port.isRuled(step)
  }
  function begin(index: number): void {
    const step = steps[index]
    if (step === undefined || !isWithinLimits(step, steps, running, port)) return
    take(step.destinationHostId, step.memBytes)
    progress[index] = 'running'
    running.push({ index, leftMs: Math.max(1, durationOf(step, port)) })
  }
  function end(index: number): void {
    const step = steps[index]
    if (step !== undefined) take(step.sourceHostId, -step.memBytes)
    progress[index] = 'done'
  }
  function take(hostId: HostId, bytes: number): void {
    taken.set(hostId, (taken.get(hostId) ?? 0) + bytes)
  }
  function sharersOf(index: number): number {
    const count = (end: 'sourceHostId' | 'destinationHostId') =>
      running.filter((other) => steps[other.index]?.[end] === steps[index]?.[end]).length
    return Math.max(count('sourceHostId'), count('destinationHostId'))
  }
}

/** Rounding leaves a little of what is over. */
const isOver = ({ leftMs }: Running) => leftMs < 0.001

function isWithinLimits(
  step: PlannedStep,
  steps: readonly PlannedStep[],
  running: readonly Running[],
  { host, settings }: TotalsPort,
): boolean {
  const others = running.flatMap(({ index }) => steps[index] ?? [])
  const poolOf = ({ sourceHostId }: PlannedStep) => host(sourceHostId)?.pool ?? ''
  const pool = poolOf(step)
  const { limits } = settings
  const leaving = others.filter(({ sourceHostId }) => sourceHostId === step.sourceHostId)
  const arriving = others.filter((other) => other.destinationHostId === step.destinationHostId)
  return (
    others.length < limits.total &&
    others.filter((other) => poolOf(other) === pool).length < poolLimit(settings, pool) &&
    leaving.length < limits.outgoingPerHost &&
    arriving.length < limits.incomingPerHost
  )
}

/** Without a prediction: all its memory once, over the slower link. */
function durationOf(step: PlannedStep, { host }: TotalsPort): number {
  if (step.predicted !== null) return step.predicted.totalMs
  const speeds = [step.sourceHostId, step.destinationHostId].map(
    (hostId) => host(hostId)?.nicBytesPerSec ?? Number.POSITIVE_INFINITY,
  )
  const slower = Math.min(...speeds)
  return Number.isFinite(slower) ? (step.memBytes / slower) * 1000 : 0
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0)
}
