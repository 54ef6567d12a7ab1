import {
  type Migration,
  type MigrationPhase,
  type MigrationState,
  migrationPhases,
} from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { startedAtOf } from '../../client/migration-ratio.ts'
import { followedOf, lastCopyOf, roundsOf, spanMs } from './migration-view.ts'

export type StepStatus = 'done' | 'current' | 'ahead' | 'broken' | 'skipped'
export type PhaseStep = { readonly phase: MigrationPhase; readonly status: StepStatus }

/** The phases with how far this migration got in them; post-copy only where it came to that. */
export function phaseSteps(state: MigrationState): PhaseStep[] {
  switch (state.phase) {
    case 'completed':
      return phasesFor(state.postCopy !== undefined).map((phase) => ({ phase, status: 'done' }))
    case 'failed':
      return stepsUpTo(state.failedIn, 'broken', 'skipped')
    case 'cancelled':
      return stepsUpTo(state.cancelledIn, 'broken', 'skipped')
    case 'queued':
    case 'preflight':
    case 'preparing':
    case 'pre-copy':
    case 'stop-and-copy':
    case 'activating':
    case 'post-copy':
      return stepsUpTo(state.phase, 'current', 'ahead')
    default:
      return assertNever(state)
  }
}

function stepsUpTo(reached: MigrationPhase, there: StepStatus, after: StepStatus): PhaseStep[] {
  const place = migrationPhases.indexOf(reached)
  return phasesFor(reached === 'post-copy').map((phase, index) => ({
    phase,
    status: index < place ? 'done' : index === place ? there : after,
  }))
}

function phasesFor(wentPostCopy: boolean): readonly MigrationPhase[] {
  return migrationPhases.filter((phase) => wentPostCopy || phase !== 'post-copy')
}

/** How long a phase took or, while it lasts, has taken; null where that was not recorded. */
export function phaseTookMs(
  { requestedAt, state }: Migration,
  phase: MigrationPhase,
  now: number,
): number | null {
  const isNow = state.phase === phase
  switch (phase) {
    case 'queued':
      return spanMs(requestedAt, isNow ? now : startedAtOf(state))
    case 'pre-copy': {
      if (isNow) return spanMs(startedAtOf(state), now)
      const last = lastCopyOf(state) ?? followedOf(state)
      const ran = last === null ? [] : roundsOf(state).slice(0, -1)
      return ran.length === 0 ? null : ran.reduce((sum, round) => sum + round.durationMs, 0)
    }
    case 'stop-and-copy':
      if (state.phase === 'completed') return state.downtimeMs
      return isNow && 'pausedAt' in state ? spanMs(state.pausedAt, now) : null
    case 'post-copy':
      if (state.phase === 'completed') return state.postCopy?.durationMs ?? null
      return state.phase === 'post-copy' ? spanMs(state.activatedAt, now) : null
    case 'preflight':
    case 'preparing':
    case 'activating':
      return null
    default:
      return assertNever(phase)
  }
}
