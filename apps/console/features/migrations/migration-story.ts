import type { Migration, MigrationState, PrecopyRound } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { pagesToBytes } from '@drover/api-schema/units.ts'
import { shownRound } from '../../client/migration-ratio.ts'
import { formatByteRate, formatBytes, formatCount, formatDuration } from '../../lib/format.ts'
import { phaseWhile, stopReasonText, storyText } from '../../lib/text/migrations.ts'
import { againText } from '../../lib/text/queue.ts'
import { followedOf, lastCopyOf, roundsOf, unfinishedRoundOf } from './migration-view.ts'

export type StoryLine = {
  readonly id: string
  /** Null where the moment was not recorded: the line stands between its neighbours. */
  readonly at: number | null
  readonly text: string
  readonly tone: 'neutral' | 'ok' | 'warning' | 'critical'
}

/** What happened, in order, in sentences made from what was recorded; nothing is guessed. */
export function storyOf(migration: Migration, tries: Tries = noTries): StoryLine[] {
  const { state } = migration
  const rounds = roundsOf(state)
  const last = lastCopyOf(state)
  const running = last === null && followedOf(state) === null ? rounds : rounds.slice(0, -1)
  return [
    ...before(tries.earlier),
    ...opening(migration),
    ...running.map(roundLine),
    ...unfinished(state),
    ...stopping(migration),
    ...(last === null ? [] : [lastCopyLine(last, migration.domainName)]),
    ...following(migration),
    ...ending(migration),
    ...after(migration, tries.later),
  ]
}

/** The tries before and after this one, as far as they are known. */
export type Tries = { readonly earlier: Migration | null; readonly later: Migration | null }
const noTries: Tries = { earlier: null, later: null }

/** What was tried before, on which host, and why it failed. */
function before(earlier: Migration | null): StoryLine[] {
  if (earlier?.state.phase !== 'failed') return []
  const { attempt, destinationHostName, state } = earlier
  const phase = phaseWhile[state.failedIn]
  const text = againText.storyAfter(attempt, destinationHostName, phase, state.refusal.message)
  return [line('earlier', state.endedAt, text, 'warning')]
}

/** What follows a failure: the next try, or none although some were allowed. */
function after({ state, retry, attempt }: Migration, later: Migration | null): StoryLine[] {
  if (state.phase !== 'failed') return []
  if (later !== null) {
    const text = againText.storyNext(later.attempt, later.destinationHostName)
    return [line('later', later.requestedAt, text)]
  }
  if (retry.kind === 'none' || attempt <= retry.attempts) return []
  return [line('no more', null, againText.storyNoMore(retry.attempts))]
}

function line(
  id: string,
  at: number | null,
  text: string,
  tone: StoryLine['tone'] = 'neutral',
): StoryLine {
  return { id, at, text, tone }
}

function opening(migration: Migration): StoryLine[] {
  const { state, requestedAt, requestedBy } = migration
  const asked = line(
    'asked',
    requestedAt,
    storyText.asked(
      requestedBy.name,
      migration.domainName,
      migration.sourceHostName,
      migration.destinationHostName,
    ),
  )
  const startedAt = 'startedAt' in state ? state.startedAt : null
  if (startedAt === null) return [asked]
  const waitMs = startedAt - requestedAt
  const started = waitMs < 1000 ? storyText.started : storyText.waited(formatDuration(waitMs))
  return [asked, line('started', startedAt, started)]
}

function roundLine(round: PrecopyRound): StoryLine {
  const rate = round.durationMs === 0 ? null : round.bytes / (round.durationMs / 1000)
  const sent = storyText.round(
    shownRound(round.roundIndex),
    formatBytes(round.bytes),
    formatDuration(round.durationMs),
    formatByteRate(rate),
  )
  const left = storyText.roundLeft(formatBytes(pagesToBytes(round.dirtyPages)))
  return line(`round ${round.roundIndex}`, null, sent + left)
}

function unfinished(state: MigrationState): StoryLine[] {
  const round = unfinishedRoundOf(state)
  if (round === null) return []
  const text = storyText.unfinished(shownRound(round.roundIndex), formatBytes(round.bytes))
  return [line('unfinished', null, text)]
}

function lastCopyLine(round: PrecopyRound, domainName: string): StoryLine {
  const sent = formatBytes(round.bytes)
  const text = storyText.lastCopy(domainName, sent, formatDuration(round.durationMs))
  return line(`round ${round.roundIndex}`, null, text)
}

/** Why the rounds ended and when the domain was paused, as far as that was recorded. */
function stopping({ state, domainName, sourceHostName }: Migration): StoryLine[] {
  if (state.phase === 'completed' && state.stopReason !== null) {
    return [line('stopped', null, storyText.stopped(stopReasonText[state.stopReason]))]
  }
  if ('pausedAt' in state) {
    return [line('paused', state.pausedAt, storyText.paused(domainName, sourceHostName))]
  }
  return []
}

/** What the domain's running before its memory was there has come to. */
function following({ state, domainName, destinationHostName }: Migration): StoryLine[] {
  if (state.phase === 'post-copy')
    return [line('over', state.activatedAt, storyText.wentOver(domainName, destinationHostName))]
  const followed = followedOf(state)
  if (state.phase !== 'completed' || state.postCopy === undefined || followed === null) return []
  const { demandedPages, durationMs, pages, waitedMs } = state.postCopy
  const sent = formatBytes(pagesToBytes(pages))
  const text = storyText.followed(sent, formatDuration(durationMs))
  const wait = storyText.waitedForPages(formatCount(demandedPages), formatDuration(waitedMs))
  return [
    line('over', null, storyText.wentOver(domainName, destinationHostName)),
    line(`round ${followed.roundIndex}`, null, text + wait),
  ]
}

/** What a person took upon himself while it was in doubt. */
function decision({ resolved, sourceHostName, destinationHostName }: Migration): StoryLine[] {
  if (resolved === undefined) return []
  const { by, at, resolution } = resolved
  const say = resolution === 'resume' ? storyText.resolvedResume : storyText.resolvedRelease
  return [line('resolved', at, say(by, sourceHostName, destinationHostName), 'warning')]
}

function ending(migration: Migration): StoryLine[] {
  const { state, domainName, sourceHostName, destinationHostName, cancelRequestedBy } = migration
  const lines: StoryLine[] = []
  if (cancelRequestedBy !== null && state.phase !== 'cancelled') {
    lines.push(line('cancel asked', null, storyText.cancelAsked(cancelRequestedBy)))
  }
  const decided = decision(migration)
  switch (state.phase) {
    case 'queued':
    case 'preflight':
    case 'preparing':
    case 'pre-copy':
    case 'stop-and-copy':
    case 'post-copy':
      return lines
    case 'activating': {
      lines.push(
        line(
          'handing over',
          null,
          (state.isPostCopy === true ? storyText.handingOverFirst : storyText.handingOver)(
            destinationHostName,
          ),
        ),
      )
      if (state.inDoubt !== null) {
        const waitingFor =
          state.inDoubt.waitingFor === 'source' ? sourceHostName : destinationHostName
        const text = storyText.inDoubt(waitingFor)
        lines.push(line('in doubt', state.inDoubt.sinceAt, text, 'critical'))
      }
      return [...lines, ...decided]
    }
    case 'completed': {
      const total = formatDuration(state.totalMs)
      const pause =
        state.downtimeMs === null ? '' : storyText.completedPause(formatDuration(state.downtimeMs))
      const text = storyText.completed(domainName, destinationHostName, total) + pause
      return [...lines, ...decided, line('completed', state.endedAt, text, 'ok')]
    }
    case 'failed': {
      const text = storyText.failed(phaseWhile[state.failedIn], state.refusal.message)
      return [...lines, ...decided, line('failed', state.endedAt, text, 'critical')]
    }
    case 'cancelled': {
      const text = storyText.cancelled(
        cancelRequestedBy ?? storyText.someone,
        phaseWhile[state.cancelledIn],
        domainName,
        sourceHostName,
      )
      return [...lines, line('cancelled', state.endedAt, text, 'warning')]
    }
    default:
      return assertNever(state)
  }
}
