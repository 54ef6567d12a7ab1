import type { CDPSession } from '@playwright/test'
import { percentile } from '../lib/statistics.ts'

/** Chromium's own trace of the renderer's main thread and of the frames it drew. */
type TraceEvent = {
  readonly name: string
  readonly cat: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly ts: number
  readonly dur?: number
  /** Of it, time on the processor: what is left when others had the core is not ours. */
  readonly tdur?: number
  readonly args?: {
    readonly name?: string
    /** Of a layout that script has forced, with the category `…timeline.stack`. */
    readonly beginData?: { readonly stackTrace?: readonly Frame[] }
  }
}
type Frame = {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

const categories = [
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'disabled-by-default-devtools.timeline.stack',
  '__metadata',
]

export async function startTrace(session: CDPSession): Promise<() => Promise<TraceEvent[]>> {
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => {
    // The protocol leaves the events untyped; these fields are those of the trace event format.
    events.push(...(value as unknown as TraceEvent[]))
  })
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories, recordMode: 'recordUntilFull' },
  })
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await complete
    return events
  }
}

export type Smoothness = {
  readonly seconds: number
  readonly framesPerSecP50: number
  /** Of the slowest 5 % of frame intervals. */
  readonly framesPerSecP5: number
  readonly longestFrameMs: number
  readonly longestTaskMs: number
  readonly longestTaskCpuMs: number
  readonly longTasksByCpu: number
  readonly longTasks: readonly {
    readonly ms: number
    readonly atSec: number
    readonly inside: readonly string[]
  }[]
  readonly scriptMsPerSec: number
  readonly mainThreadShare: number
}

const scriptNames = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
  'TimerFire',
  'EventDispatch',
  'RunMicrotasks',
  'v8.run',
])

export function readTrace(events: readonly TraceEvent[], pagePid: number): Smoothness {
  const threads = new Map<string, string>()
  for (const event of events) {
    if (event.name === 'thread_name')
      threads.set(`${event.pid}:${event.tid}`, event.args?.name ?? '')
  }
  const main = events.filter(
    (event) =>
      event.pid === pagePid && threads.get(`${event.pid}:${event.tid}`) === 'CrRendererMain',
  )
  const complete = main.filter((event) => event.ph === 'X' && event.dur !== undefined)
  const tasks = complete.filter(
    ({ name }) => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask',
  )
  const topLevel = outermost(tasks)
  const startTs = Math.min(...main.filter((event) => event.ts > 0).map((event) => event.ts))
  const endTs = Math.max(...main.map((event) => event.ts))
  const seconds = (endTs - startTs) / 1e6
  const draws = events
    .filter((event) => event.name === 'DrawFrame' && event.pid === pagePid)
    .map((event) => event.ts)
    .sort((a, b) => a - b)
  const intervalsMs = draws.slice(1).map((ts, index) => (ts - (draws[index] ?? ts)) / 1000)
  const durationsMs = topLevel.map((task) => (task.dur ?? 0) / 1000)
  const scriptMs =
    outermost(complete.filter(({ name }) => scriptNames.has(name))).reduce(
      (sum, { dur }) => sum + (dur ?? 0),
      0,
    ) / 1000
  return {
    seconds,
    framesPerSecP50: 1000 / percentile(intervalsMs, 0.5),
    framesPerSecP5: 1000 / percentile(intervalsMs, 0.95),
    longestFrameMs: Math.max(0, ...intervalsMs),
    longestTaskMs: Math.max(0, ...durationsMs),
    longestTaskCpuMs: Math.max(0, ...topLevel.map((task) => (task.tdur ?? 0) / 1000)),
    longTasksByCpu: topLevel.filter((task) => (task.tdur ?? 0) > 50_000).length,
    longTasks: topLevel
      .filter((task) => (task.dur ?? 0) > 50_000)
      .map((task) => ({
        ms: Math.round((task.dur ?? 0) / 1000),
        atSec: Math.round((task.ts - startTs) / 1e4) / 100,
        inside: largestInside(task, complete),
      })),
    scriptMsPerSec: scriptMs / seconds,
    mainThreadShare: durationsMs.reduce((sum, ms) => sum + ms, 0) / 1000 / seconds,
  }
}

/** Events that lie inside no other of them. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  const sorted = [...events].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  let until = Number.NEGATIVE_INFINITY
  return sorted.filter((event) => {
    if (event.ts < until) return false
    until = event.ts + (event.dur ?? 0)
    return true
  })
}

/** What a long task spent its time on, largest first: the longest of each kind and how many there were. */
function largestInside(task: TraceEvent, events: readonly TraceEvent[]): string[] {
  const end = task.ts + (task.dur ?? 0)
  const kinds = new Map<string, { longest: TraceEvent; count: number }>()
  for (const event of events) {
    if (event === task || event.ts < task.ts || event.ts + (event.dur ?? 0) > end) continue
    if (event.name.includes('RunTask')) continue
    const kind = kinds.get(event.name)
    const isLongest = (event.dur ?? 0) > (kind?.longest.dur ?? -1)
    kinds.set(event.name, {
      longest: kind === undefined || isLongest ? event : kind.longest,
      count: (kind?.count ?? 0) + 1,
    })
  }
  return [...kinds.values()]
    .sort((a, b) => (b.longest.dur ?? 0) - (a.longest.dur ?? 0))
    .slice(0, 4)
    .map(({ longest, count }) => {
      const times = count === 1 ? '' : ` (${count} of them)`
      return `${longest.name} ${Math.round((longest.dur ?? 0) / 1000)} ms${times}${forcedBy(longest)}`
    })
}

/** The innermost functions that forced a layout, as far as names survived the build. */
function forcedBy({ args }: TraceEvent): string {
  const frames = args?.beginData?.stackTrace?.slice(0, 3) ?? []
  if (frames.length === 0) return ''
  const places = frames.map(
    (frame) =>
      `${frame.functionName} ${frame.url.split('/').at(-1)}:${frame.lineNumber}:${frame.columnNumber}`,
  )
  return ` forced by ${places.join(' < ')}`
}
