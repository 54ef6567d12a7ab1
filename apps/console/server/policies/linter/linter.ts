import { Worker } from 'node:worker_threads'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { Change } from '@drover/api-schema/live-protocol.ts'
import type { PolicyDraft } from '@drover/api-schema/policy.ts'
import type { PolicySet } from '@drover/api-schema/policy-set.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import type { Clock } from '../../clock.ts'
import { bearsOnRules } from '../../inventory/bears-on-rules.ts'
import type { Inventory, Patch } from '../../inventory.ts'
import type { Log } from '../../log.ts'
import type { CpuLoads } from '../rules-on-fleet.ts'
import type { AnswerOf, Ask, Loads, Question, Told } from './questions.ts'

export type Linter = ReturnType<typeof createLinter>

/** Questions that wait; beyond it whoever asks is sent away. */
const maxWaiting = 50
/** A thread with a fleet of its own costs memory: it goes when nobody has asked for so long. */
const idleMs = 5 * 60_000

type Waiting = {
  readonly askId: number
  readonly question: Question
  readonly key: string | null
  settle(outcome: Result<AnswerOf[Question['kind']], Refusal>): void
}

/**
 * Asks the linter's thread, one question at a time. A question with a key takes the place of an earlier one with the same key:
 * whoever types on does not wait for what he has typed before. The thread is told the fleet when it starts and then what has
 * changed since the last question.
 */
export function createLinter(ports: {
  readonly inventory: Pick<Inventory, 'hosts' | 'domains' | 'onPatch'>
  readonly policies: () => PolicySet
  readonly loads: CpuLoads
  readonly clock: Clock
  readonly log: Pick<Log, 'error'>
}) {
  const { inventory, clock, log } = ports
  const cancelled = new Int32Array(new SharedArrayBuffer(4))
  let worker: Worker | null = null
  let running: Waiting | null = null
  let waiting: Waiting[] = []
  /** Since the last question, by what they are about; null: the thread knows nothing yet. */
  let changes: Map<string, Change> | null = null
  let lastAskId = 0
  let cancelIdle = () => {}
  let isStopped = false

  inventory.onPatch((patch: Patch) => {
    if (changes === null) return
    for (const change of patch.changes) {
      if (bearsOnRules(change.kind)) changes.set(subjectOf(change), change)
    }
  })

  const start = (): Worker => {
    const made = newThread(cancelled)
    made.on('message', (told: Told) => taken(made, told))
    made.on('error', (error) => {
      log.error('The linter has failed.', { error })
      ended(made)
    })
    made.on('exit', () => ended(made))
    made.unref()
    worker = made
    return made
  }

  const ended = (one: Worker): void => {
    if (worker !== one) return
    worker = null
    changes = null
    const lost = running
    running = null
    lost?.settle(err(refusal('unavailable', 'The linter stopped while it looked. Try again.')))
    next()
  }

  const taken = (one: Worker, told: Told): void => {
    if (worker !== one || running?.askId !== told.askId) return
    const asked = running
    running = null
    if ('failure' in told) {
      log.error('The linter failed over a question.', {
        question: asked.question,
        error: told.failure,
      })
      asked.settle(err(refusal('internal')))
    } else asked.settle(ok(told.answer))
    next()
  }

  const next = (): void => {
    if (running !== null || isStopped) return
    const [first, ...rest] = waiting
    cancelIdle()
    if (first === undefined) {
      cancelIdle = clock.setTimer(idleMs, stopIdle)
      return
    }
    waiting = rest
    running = first
    const thread = worker ?? start()
    const ask: Ask = {
      askId: first.askId,
      question: first.question,
      changes: [...(changes ?? everything()).values()],
      loads: loadsFor(first.question),
      now: clock.now(),
    }
    changes = new Map()
    thread.postMessage(ask)
  }

  const stopIdle = (): void => {
    const idle = worker
    worker = null
    changes = null
    void idle?.terminate()
  }

  const everything = (): Map<string, Change> => {
    const all: Change[] = [
      ...[...inventory.hosts()].map((host): Change => ({ kind: 'host-upserted', host })),
      ...[...inventory.domains()].map((domain): Change => ({ kind: 'domain-upserted', domain })),
      { kind: 'policies-changed', policies: ports.policies() },
    ]
    return new Map(all.map((change) => [subjectOf(change), change]))
  }

  /** Thousands of readings, and few rules are about them. */
  const loadsFor = (question: Question): Loads => {
    const asked = [...ports.policies().rules, ...rulesIn(question)]
    const isNeeded = asked.some((rule) => rule.kind === 'headroom' && rule.keep.cpuRatio > 0)
    if (!isNeeded) return { hosts: new Map(), domains: new Map() }
    const { ofHost, ofDomain } = ports.loads
    return {
      hosts: new Map([...inventory.hosts()].map(({ hostId }) => [hostId, ofHost(hostId)])),
      domains: new Map(
        [...inventory.domains()].map(({ domainId }) => [domainId, ofDomain(domainId)]),
      ),
    }
  }

  const supersede = (key: string): void => {
    const replaced = waiting.filter((one) => one.key === key)
    waiting = waiting.filter((one) => one.key !== key)
    for (const one of replaced) one.settle(err(refusal('superseded')))
    if (running?.key === key) Atomics.store(cancelled, 0, running.askId)
  }

  return {
    /** Rejects never; refused when a newer question has the same key, or when too many wait. */
    ask<Q extends Question>(
      question: Q,
      key: string | null = null,
    ): Promise<Result<AnswerOf[Q['kind']], Refusal>> {
      if (key !== null) supersede(key)
      if (isStopped || waiting.length >= maxWaiting) {
        return Promise.resolve(err(refusal('unavailable', 'The linter has too much to look at.')))
      }
      return new Promise((resolve) => {
        lastAskId += 1
        const askId = lastAskId
        waiting.push({
          askId,
          question,
          key,
          settle(outcome) {
            const isCancelled = Atomics.load(cancelled, 0) === askId
            // The answer is of the kind of its question.
            if (!isCancelled) resolve(outcome as Result<AnswerOf[Q['kind']], Refusal>)
            else resolve(err(refusal('superseded')))
          },
        })
        next()
      })
    },

    async stop(): Promise<void> {
      isStopped = true
      cancelIdle()
      for (const one of waiting) one.settle(err(refusal('unavailable')))
      waiting = []
      const last = worker
      await last?.terminate()
    },
  }
}

/** A file beside the console's when it is built; from its source it needs the loader that the console itself was started with. */
function newThread(cancelled: Int32Array): Worker {
  const isBuilt = !import.meta.url.endsWith('.ts')
  const options = { workerData: cancelled }
  if (isBuilt) return new Worker(new URL('./linter.mjs', import.meta.url), options)
  const source = JSON.stringify(new URL('./worker.ts', import.meta.url).href)
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`,
    { ...options, eval: true },
  )
}

function rulesIn(question: Question): readonly PolicyDraft[] {
  switch (question.kind) {
    case 'lint':
      return [question.draft]
    case 'fix':
      return []
    case 'satisfiable':
      return question.rules
    default:
      return assertNever(question)
  }
}

function subjectOf(change: Change): string {
  switch (change.kind) {
    case 'host-upserted':
      return change.host.hostId
    case 'host-removed':
      return change.hostId
    case 'domain-upserted':
      return change.domain.domainId
    case 'domain-removed':
      return change.domainId
    default:
      return change.kind
  }
}
