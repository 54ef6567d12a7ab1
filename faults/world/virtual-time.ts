import type { Clock as AgentClock } from '../../apps/agent/src/clock.ts'
import type { Clock as ConsoleClock } from '../../apps/console/server/clock.ts'

/**
 * A process of the simulated world: what a kill ends and a SIGSTOP delays. Whatever it has scheduled dies with it; each
 * thing it does is one step, and a fault may come between any two of them.
 */
export type Process = {
  readonly name: string
  isAlive: boolean
  /** Virtual ms until which it does nothing. */
  stoppedUntilMs: number
  steps: number
  /** Added to its wall clock. */
  wallOffsetMs: number
}

export function newProcess(name: string): Process {
  return { name, isAlive: true, stoppedUntilMs: 0, steps: 0, wallOffsetMs: 0 }
}

type Task = {
  readonly order: number
  readonly owner: Process | null
  readonly run: () => void
  atMs: number
  isCancelled: boolean
}

/** 1 January 2026, so that wall clocks read like wall clocks. */
const startMs = Date.UTC(2026, 0, 1)

/** Time of the whole world: one queue of everything that will happen, in an order that a seed repeats. */
export class VirtualTime {
  #nowMs = startMs
  #order = 0
  /** A binary heap by moment and order of scheduling. */
  readonly #heap: Task[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  get elapsedMs(): number {
    return this.#nowMs - startMs
  }

  schedule(owner: Process | null, delayMs: number, run: () => void): () => void {
    this.#order += 1
    const atMs = this.#nowMs + Math.max(0, delayMs)
    const task: Task = { order: this.#order, owner, run, atMs, isCancelled: false }
    this.#push(task)
    return () => {
      task.isCancelled = true
    }
  }

  /** Runs the next thing. False when nothing is left. Returns the process that did it. */
  step(): { readonly owner: Process | null } | null {
    for (let task = this.#pop(); task !== null; task = this.#pop()) {
      const { owner } = task
      if (task.isCancelled || owner?.isAlive === false) continue
      if (owner !== null && owner.stoppedUntilMs > task.atMs) {
        task.atMs = owner.stoppedUntilMs
        this.#push(task)
        continue
      }
      this.#nowMs = Math.max(this.#nowMs, task.atMs)
      if (owner !== null) owner.steps += 1
      task.run()
      return { owner }
    }
    return null
  }

  /** The agent's and the console's idea of time, of one process. */
  clockOf(process: Process): AgentClock & ConsoleClock {
    return {
      now: () => this.#nowMs + process.wallOffsetMs,
      monotonicMs: () => this.#nowMs,
      after: (delayMs, act) => ({ cancel: this.schedule(process, delayMs, act) }),
      setTimer: (ms, run) => this.schedule(process, ms, run),
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    heap.push(task)
    let index = heap.length - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(at(heap, index), at(heap, parent))) return
      swap(heap, index, parent)
      index = parent
    }
  }

  #pop(): Task | null {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length === 0) return first
    heap[0] = last
    for (let index = 0; ; ) {
      const left = 2 * index + 1
      const right = left + 1
      let least = index
      if (left < heap.length && isBefore(at(heap, left), at(heap, least))) least = left
      if (right < heap.length && isBefore(at(heap, right), at(heap, least))) least = right
      if (least === index) return first
      swap(heap, index, least)
      index = least
    }
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function at(heap: readonly Task[], index: number): Task {
  const task = heap[index]
  if (task === undefined) throw new Error('The heap is shorter than it says.')
  return task
}

function swap(heap: Task[], a: number, b: number): void {
  const task = at(heap, a)
  heap[a] = at(heap, b)
  heap[b] = task
}

/** Everything that waits for promises and turns of the event loop only has gone on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}
