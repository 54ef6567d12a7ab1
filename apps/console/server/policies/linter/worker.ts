/** The linter's thread: it keeps the fleet up to date by changes and answers one question at a time. Started by linter.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import type { Change } from '@drover/api-schema/live-protocol.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { invariant } from '@drover/api-schema/result.ts'
import { lintSteps } from '@drover/optimizer/lint/lint.ts'
import { answer } from './answers.ts'
import type { Ask, Told } from './questions.ts'

invariant(parentPort !== null, 'the linter is a worker thread')
invariant(workerData instanceof Int32Array, 'the linter is given the cell of its cancellations')
const port = parentPort
const cancelled = workerData

const hosts = new Map<HostId, Host>()
const domains = new Map<DomainId, Domain>()
let rules: readonly PolicyRule[] = []

function take(change: Change): void {
  switch (change.kind) {
    case 'host-upserted':
      hosts.set(change.host.hostId, change.host)
      return
    case 'host-removed':
      hosts.delete(change.hostId)
      return
    case 'domain-upserted':
      domains.set(change.domain.domainId, change.domain)
      return
    case 'domain-removed':
      domains.delete(change.domainId)
      return
    case 'policies-changed':
      rules = change.policies.rules
      return
    default:
      return // nothing that a rule rests on
  }
}

/** Empty as soon as the question is called off. */
function budgetOf(askId: number) {
  let left = lintSteps
  return {
    get steps() {
      return Atomics.load(cancelled, 0) === askId ? 0 : left
    },
    set steps(steps: number) {
      left = steps
    },
  }
}

port.on('message', ({ askId, question, changes, loads, now }: Ask) => {
  let told: Told
  try {
    for (const change of changes) take(change)
    const facts = { hosts, domains, rules, loads, now }
    told = { askId, answer: answer(question, facts, budgetOf(askId)) }
  } catch (error) {
    told = {
      askId,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
  port.postMessage(told)
})
