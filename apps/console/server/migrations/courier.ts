import { randomUUID } from 'node:crypto'
import type { CommandId } from '@drover/api-schema/ids.ts'
import type { Actor } from './actor.ts'
import { eventOfAnswer, eventOfReport } from './answers.ts'
import { type Effect, hostOf } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import type { OrchestratorPorts } from './ports.ts'
import { type Role, recipientOf } from './record.ts'

type CourierPorts = Pick<OrchestratorPorts, 'clock' | 'send' | 'log'> & {
  heard(actor: Actor, event: MigrationEvent): void
  /** No answer came, and the host has connected anew since: what is due may be said again at once. */
  reconnected(actor: Actor): void
}

/** Says commands and questions to hosts and turns answers into events. No answer is no news: the next silence asks again. */
export function createCourier({ clock, send, log, heard, reconnected }: CourierPorts) {
  /** Makes the ids of questions differ from those of an earlier run, whose answers an agent may remember. */
  const run = randomUUID().slice(0, 8)
  let questions = 0

  function onAnswer<T>(actor: Actor, answer: Promise<T>, use: (value: T) => void): void {
    answer.then(use).catch((error: unknown) => {
      log.error(`migration ${actor.record.migration.migrationId}: ${String(error)}`)
    })
  }

  return {
    sendCommand(actor: Actor, effect: Extract<Effect, { kind: 'command' }>): void {
      const { key, hostId, commandId, command } = effect
      if (actor.inFlight.has(commandId)) return
      actor.inFlight.add(commandId)
      const role = recipientOf[key]
      const connectedAt = actor.record.session[role].sinceAt
      onAnswer(actor, send(hostId, commandId, command), (answered) => {
        actor.inFlight.delete(commandId)
        if (answered.ok) {
          const event = eventOfAnswer({ key, role, result: answered.value }, clock.now())
          if (event !== null) heard(actor, event)
        } else if (actor.record.session[role].sinceAt !== connectedAt) reconnected(actor)
      })
    },

    /** Nothing follows from the answer: a source that has no use for it says so, and one that was not reached is told again. */
    tellAddress(actor: Actor, peerUrl: string | null): void {
      const slot = 'reach'
      if (peerUrl === null || actor.inFlight.has(slot)) return
      actor.inFlight.add(slot)
      const { migrationId } = actor.record.migration
      questions += 1
      // An id is any short string; the brand says so.
      const commandId = `${migrationId}:${slot}:${run}-${questions}` as CommandId
      const command = { kind: 'reach-destination', migrationId, peerUrl } as const
      const answer = send(hostOf(actor.record.migration, 'source'), commandId, command)
      onAnswer(actor, answer, () => actor.inFlight.delete(slot))
    },

    ask(actor: Actor, role: Role): void {
      const slot = `ask-${role}`
      if (actor.inFlight.has(slot)) return
      actor.inFlight.add(slot)
      const { migrationId, domainId, generation } = actor.record.migration
      questions += 1
      // An id is any short string; the brand says so.
      const commandId = `${migrationId}:${slot}:${run}-${questions}` as CommandId
      const known = actor.record.coordination[role]
      const question = { kind: 'report-migration', migrationId, domainId, generation } as const
      const answer = send(hostOf(actor.record.migration, role), commandId, question)
      onAnswer(actor, answer, (answered) => {
        actor.inFlight.delete(slot)
        if (!answered.ok || answered.value.kind !== 'report') return
        const { report } = answered.value
        // A fact has overtaken the answer: "I know nothing" was true before it and is not now.
        if (report.role === 'none' && actor.record.coordination[role] !== known) return
        const event = eventOfReport({ role, report }, clock.now())
        if (event !== null) heard(actor, event)
      })
    },
  }
}
