import type { Command, CommandResult, MigrationReport } from '@drover/api-schema/agent-protocol.ts'
import { isEnded } from '@drover/api-schema/migration.ts'
import { aMigration, someDomainFacts, testMoment } from '@drover/api-schema/testing/builders.ts'
import { eventOfAnswer, eventOfReport } from '../answers.ts'
import { type Effect, needsIntent } from '../duties.ts'
import type { MigrationEvent } from '../events.ts'
import { step } from '../machine.ts'
import {
  beginSession,
  type CommandKey,
  freshCoordination,
  isSettled,
  type MigrationRecord,
  type Role,
  recipientOf,
  type StoredMigration,
} from '../record.ts'
import { defaultMigrationSettings } from '../settings.ts'
import {
  executing,
  type Memory,
  ModelDestination,
  ModelSource,
  type PeerMessage,
} from './model-agents.ts'

/**
 * The console's machine against the two model agents in a world where everything that is on its way may be lost, doubled
 * or overtaken, and everybody may be restarted at any moment. The promises are checked after every event.
 */
export type Variant = {
  readonly source: Memory
  readonly destination: Memory
  readonly hasRoom: boolean
}

type ToAgent = {
  readonly role: Role
  readonly commandId: string
  readonly command: Command
  readonly key: CommandKey | 'ask'
  /** Which run of the console sent it, and what was known of the host then. */
  readonly run: number
  readonly known: unknown
}
type ToConsole =
  | { readonly kind: 'fact'; readonly role: Role; readonly report: MigrationReport }
  | { readonly kind: 'answer'; readonly to: ToAgent; readonly result: CommandResult }

const maxOnTheWay = 12

export class ModelWorldRun {
  readonly source: ModelSource
  readonly destination: ModelDestination
  record: MigrationRecord
  saved: StoredMigration
  isDatabaseUp = true
  at = testMoment
  run = 1
  questions = 0
  toAgents: ToAgent[] = []
  toConsole: ToConsole[] = []
  up: PeerMessage[] = []
  down: PeerMessage[] = []
  isStreamLost = false
  readonly trail: string[] = []
  alarms = 0

  constructor(variant: Variant) {
    const world = {
      tellConsole: (role: Role, report: MigrationReport) =>
        put(this.toConsole, { kind: 'fact', role, report }),
      sendUp: (message: PeerMessage) => put(this.up, message),
      sendDown: (message: PeerMessage) => put(this.down, message),
    }
    this.source = new ModelSource(world, variant.source)
    this.destination = new ModelDestination(world, variant.destination)
    this.destination.hasRoom = variant.hasRoom
    this.saved = { migration: aMigration(), coordination: freshCoordination }
    this.record = beginSession(this.saved, this.at)
    for (const role of ['source', 'destination'] as const) {
      this.feed({ type: 'host-connected', at: this.at, role })
    }
    this.feed({ type: 'admitted', at: this.at })
  }

  feed(event: MigrationEvent): void {
    this.trail.push(event.type)
    const stepped = step(this.record, event, defaultMigrationSettings)
    if (!stepped.ok) return
    this.record = stepped.value.record
    if (this.isDatabaseUp) this.save()
    this.act(stepped.value.effects)
    this.check()
  }

  save(): void {
    const { migration, coordination } = this.record
    this.saved = { migration, coordination }
  }

  act(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'run-preflight':
          this.feed({ type: 'preflight-passed', at: this.at, domain: someDomainFacts() })
          break
        case 'ask':
          this.ask(effect.role)
          break
        case 'command':
          if (needsIntent[effect.key] && this.saved.coordination !== this.record.coordination) break
          this.post({ ...effect, role: recipientOf[effect.key] })
          break
        case 'alarm':
          this.alarms += 1
      }
    }
  }

  ask(role: Role): void {
    const { migrationId, domainId, generation } = this.record.migration
    this.questions += 1
    const command: Command = { kind: 'report-migration', migrationId, domainId, generation }
    this.post({ role, key: 'ask', commandId: `ask-${this.questions}`, command })
  }

  post(message: Pick<ToAgent, 'role' | 'commandId' | 'command' | 'key'>): void {
    put(this.toAgents, {
      role: message.role,
      commandId: message.commandId,
      command: message.command,
      key: message.key,
      run: this.run,
      known: this.record.coordination[message.role],
    })
  }

  deliverToAgent(message: ToAgent): void {
    this.trail.push(`${message.role}<${message.key}`)
    const agent = message.role === 'source' ? this.source : this.destination
    const result = agent.handle(message.commandId, message.command)
    put(this.toConsole, { kind: 'answer', to: message, result })
    this.check()
  }

  deliverToConsole(message: ToConsole): void {
    if (message.kind === 'fact') {
      const event = eventOfReport(message, this.at)
      if (event !== null) this.feed(event)
      return
    }
    const { to, result } = message
    // An answer to an earlier run of the console finds nobody.
    if (to.run !== this.run) return
    if (to.key === 'ask') {
      if (result.kind !== 'report') return
      if (result.report.role === 'none' && this.record.coordination[to.role] !== to.known) return
      const event = eventOfReport({ role: to.role, report: result.report }, this.at)
      if (event !== null) this.feed(event)
      return
    }
    const event = eventOfAnswer({ key: to.key, role: to.role, result }, this.at)
    if (event !== null) this.feed(event)
  }

  restartConsole(): void {
    this.trail.push('console-restarted')
    this.run += 1
    this.record = beginSession(this.saved, this.at)
    if (this.record.migration.state.phase === 'preflight') this.act([{ kind: 'run-preflight' }])
    if (this.record.migration.state.phase === 'queued') this.feed({ type: 'admitted', at: this.at })
  }

  /** Everyone is up, nothing is lost any more: what is owed must now be paid and every migration end. */
  recover(): void {
    this.trail.push('recover')
    this.isDatabaseUp = true
    this.save()
    for (const role of ['source', 'destination'] as const) {
      this.feed({ type: 'host-connected', at: this.at, role })
    }
    if (this.record.migration.state.phase === 'queued') this.feed({ type: 'admitted', at: this.at })
    for (let round = 0; round < 40; round += 1) {
      this.deliverAll()
      if (this.isStreamLost && this.source.canFail()) this.noticeStreamLost()
      else if (this.source.canPause()) this.source.pause()
      // A ticket nobody comes with expires, a stream that says nothing more counts as lost; but once the source has
      // committed nobody notices anything here: that doubt is the console's to end.
      if (round === 20 && this.source.canFail()) this.noticeStreamLost()
      if (round === 20 && this.source.status === null) this.destination.abort('ticket-invalid')
      this.deliverAll()
      this.at += 20_000
      this.feed({ type: 'nothing-heard', at: this.at })
    }
    this.deliverAll()
  }

  /** The next thing that happens when nothing is lost and nobody is in a hurry. */
  goOn(): void {
    const toAgent = this.toAgents.shift()
    const toConsole = toAgent === undefined ? this.toConsole.shift() : undefined
    if (toAgent !== undefined) return this.deliverToAgent(toAgent)
    if (toConsole !== undefined) return this.deliverToConsole(toConsole)
    const up = this.up.shift()
    if (up !== undefined) return this.destination.receive(up)
    const down = this.down.shift()
    if (down !== undefined) return this.source.receive(down)
    if (this.source.canPause()) this.source.pause()
  }

  noticeStreamLost(): void {
    this.up = []
    this.down = []
    this.source.fail('peer-lost')
    this.destination.abort('peer-lost')
  }

  deliverAll(): void {
    for (let count = 0; count < 500; count += 1) {
      const toAgent = this.toAgents.shift()
      if (toAgent !== undefined) this.deliverToAgent(toAgent)
      const toConsole = this.toConsole.shift()
      if (toConsole !== undefined) this.deliverToConsole(toConsole)
      const up = this.up.shift()
      if (up !== undefined) this.destination.receive(up)
      const down = this.down.shift()
      if (down !== undefined) this.source.receive(down)
      this.check()
      if (!toAgent && !toConsole && !up && !down) return
    }
    throw new Error(`the world does not come to rest: ${this.trail.slice(-40).join(' ')}`)
  }

  /** The promises. */
  check(): void {
    const { source, destination, record } = this
    const { phase } = record.migration.state
    this.must(executing(source, destination) <= 1, 'two copies execute')
    this.must(source.guest !== 'gone' || destination.guest === 'running', 'no copy is left')
    if (phase === 'completed') {
      this.must(destination.guest === 'running', 'completed, and the destination does not run it')
    }
    if (phase === 'failed' || phase === 'cancelled') {
      this.must(destination.guest !== 'running', 'undone, and the destination runs it')
      this.must(source.guest !== 'gone', 'undone, and the source has nothing')
    }
    this.must(this.alarms === 0, 'an alarm in a world that keeps the protocol')
  }

  checkAtRest(): void {
    this.check()
    const { source, destination, record } = this
    const { phase } = record.migration.state
    this.must(isEnded(record.migration.state), `still ${phase}`)
    this.must(isSettled(record), `${phase}, and something is still owed`)
    this.must(source.guest !== 'paused', 'the source copy is still paused')
    this.must(destination.guest !== 'copy', 'the destination still holds a copy')
    const isOnSource = source.guest === 'running' || source.guest === 'stopped'
    this.must(isOnSource !== (destination.guest === 'running'), 'not on exactly one host')
    this.must((phase === 'completed') === (destination.guest === 'running'), `${phase} is not true`)
  }

  must(condition: boolean, sentence: string): void {
    if (condition) return
    throw new Error(`${sentence}\n  ${this.trail.join(' ')}`)
  }
}

function put<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > maxOnTheWay) list.shift()
}
