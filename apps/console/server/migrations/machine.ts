/**
 * One migration as the console sees it: a pure function from what is known and what was just heard to what is
 * known now and what is to be said. It decides nothing that a host decides.
 *
 *     queued ─► preflight ─► preparing ─► pre-copy ─► stop-and-copy ─╫─► activating ─► completed
 *       │           │            │            │              │       ║       │
 *       └───────────┴────────────┴────────────┴──────────────┘       ║       └─► failed: only when the destination
 *             cancelled, or failed: the source has the domain        ║           has refused for good and the source
 *                                                                    ║           has taken the guest back
 *                                                      point of no return: the source
 *                                                      has `committed` to disk
 *
 * Post-copy puts a phase between `activating` and the end: the destination is `filling`, the domain runs there, and the source is
 * `serving` what is missing. The two find each other again by themselves; the console says where the destination is, and when one
 * of them has lost its power, that the domain is lost:
 *
 *     activating ─► post-copy ─┬─► completed: the destination has every page, proven
 *                              └─► failed: the destination says `lost`; the source is told to destroy what it kept
 *
 * The promise: until the destination has activated, the source copy is the domain; after it, the destination copy is.
 * At no moment do both run. So:
 * - `release` (forget the copy) is said to the source only after the destination said `activated`;
 * - `resume` (take the guest back) is said to the source only after the destination answered our `abort-incoming`
 *   with `aborted`, which it keeps on disk: it can never activate this generation any more;
 * - a person may order either where the destination cannot be heard (`resolution-ordered`), after typing the domain's name;
 * - silence leads to asking again, never to either of the two. A source in `committed` stays paused as long as
 *   the destination has not been heard: a paused guest is an outage, two running ones are corruption.
 *
 * It is level-triggered: facts from hosts only ever rise in rank, everything due is read off from them again after each event
 * (`duties.ts`), and so is the phase (`conclude.ts`). Reports may come late, twice, in any order, or after the end;
 * those of another generation are ignored. What is still owed to a host after the end is derived the same way.
 */
import {
  refuseCancel,
  refusePriorityChange,
  refuseResolution,
} from '@drover/api-schema/capabilities.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import { assertNever, err, ok, type Result } from '@drover/api-schema/result.ts'
import { conclude } from './conclude.ts'
import { askable, duties, type Effect, hasActivated } from './duties.ts'
import type { MigrationEvent } from './events.ts'
import { learn, undoingIfNeeded } from './learn.ts'
import { type MigrationRecord, type Role, recipientOf } from './record.ts'
import type { MigrationSettings } from './settings.ts'

export type Step = {
  readonly outcome: 'done' | 'ignored'
  readonly record: MigrationRecord
  readonly effects: readonly Effect[]
}

export function step(
  record: MigrationRecord,
  event: MigrationEvent,
  settings: MigrationSettings,
): Result<Step, Refusal> {
  if (event.type === 'cancel-requested') {
    const refused = refuseCancel(record.migration)
    if (refused !== null) return err(refused)
  }
  if (event.type === 'priority-changed') {
    const refused = refusePriorityChange(record.migration)
    if (refused !== null) return err(refused)
  }
  if (event.type === 'resolution-ordered') {
    const refused = refuseResolution(record.migration, event.resolution)
    if (refused !== null) return err(refused)
  }
  const learned = learn(record, event, settings)
  if (learned === null) return ok({ outcome: 'ignored', record, effects: dueAfter(record, event) })
  const next = conclude(undoingIfNeeded(learned), event, settings)
  const effects = dueAfter(next, event)
  const sentence = contradictionOf(next)
  if (sentence !== null && contradictionOf(record) === null) {
    effects.push({ kind: 'alarm', sentence })
  }
  return ok({ outcome: 'done', record: next, effects })
}

/** What is due, and whom to ask because of this event. */
function dueAfter(record: MigrationRecord, event: MigrationEvent): Effect[] {
  const asked = asksAfter(record, event)
  const due = duties(record).filter(
    // The destination runs the domain and has told the source so itself; hear the source first, it has the figures.
    (effect) =>
      !(event.type === 'destination-reported' && effect.kind === 'command') ||
      effect.key !== 'release',
  )
  const asks = askable(record).filter((role) => asked.includes(role))
  const effects: Effect[] = [...asks.map((role): Effect => ({ kind: 'ask', role })), ...due]
  if (isAddressDue(record, event)) effects.push({ kind: 'reach-destination' })
  if (event.type === 'admitted' && record.migration.state.phase === 'preflight') {
    effects.push({ kind: 'run-preflight' })
  }
  return effects
}

/** An agent that was started again may have another address, and only we hear of it. */
function isAddressDue(
  { coordination, session }: MigrationRecord,
  { type }: MigrationEvent,
): boolean {
  const isTime = type === 'host-connected' || type === 'host-rebooted' || type === 'nothing-heard'
  const { source, destination } = coordination
  const isServing =
    source?.status === 'serving' ||
    (source?.status === 'committed' && destination?.status === 'filling')
  return isTime && isServing && session.source.isConnected && session.destination.isConnected
}

function asksAfter(record: MigrationRecord, event: MigrationEvent): readonly Role[] {
  switch (event.type) {
    case 'nothing-heard':
    case 'host-disconnected':
      return ['source', 'destination']
    case 'host-connected':
    case 'host-rebooted':
      return [event.role]
    case 'command-taken':
    case 'command-refused':
      return [recipientOf[event.key]]
    case 'destination-reported':
      // It has ended there: hear the source's side of it.
      return ['activated', 'aborted', 'lost'].includes(event.status.status) ? ['source'] : []
    case 'source-unknown':
    case 'outgoing-refused':
      return ['destination']
    case 'cancel-requested':
      return record.coordination.isUndoing ? ['source'] : []
    case 'resolution-ordered':
      return ['destination']
    case 'priority-changed':
    case 'share-changed':
    case 'retried':
    case 'retry-dropped':
    case 'steered':
    case 'admitted':
    case 'preflight-passed':
    case 'preflight-refused':
    case 'prepared':
    case 'preparation-refused':
    case 'outgoing-started':
    case 'source-reported':
    case 'destination-unknown':
    case 'host-removed':
      return []
    default:
      return assertNever(event)
  }
}

/** Both hosts claim the domain: impossible by the protocol, so a broken disk, a restored backup or a bug. */
function contradictionOf({ migration, coordination }: MigrationRecord): string | null {
  const { domainName, sourceHostName, destinationHostName } = migration
  const isThere = hasActivated(coordination.destination)
  if (isThere && coordination.source?.status === 'failed') {
    return `${sourceHostName} and ${destinationHostName} both say they own ${domainName}. Pause one of them by hand now.`
  }
  if (isThere && coordination.isAbortConfirmed) {
    return `${destinationHostName} had refused ${domainName} for good and activated it all the same.`
  }
  return null
}
