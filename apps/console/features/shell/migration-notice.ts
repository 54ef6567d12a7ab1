import type { Migration, MigrationState } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import { formatDuration } from '../../lib/format.ts'
import { shellText } from '../../lib/text/shell.ts'

/** What a change of phase is worth saying: nothing, a sentence for screen readers, or a toast for all. */
export type Notice =
  | { readonly kind: 'announcement'; readonly sentence: string }
  | {
      readonly kind: 'toast'
      readonly tone: 'ok' | 'notice' | 'critical'
      readonly title: string
      readonly lines: readonly string[]
    }

/** `before` is the phase seen last, null when the migration is new. Rounds are not news. */
export function noticeOf(
  migration: Migration,
  before: MigrationState['phase'] | null,
): Notice | null {
  const { state, domainName, destinationHostName } = migration
  if (state.phase === before) return null
  switch (state.phase) {
    case 'queued':
      return {
        kind: 'announcement',
        sentence: shellText.startedAnnouncement(domainName, destinationHostName),
      }
    case 'stop-and-copy':
      return { kind: 'announcement', sentence: shellText.pausedAnnouncement(domainName) }
    case 'preflight':
    case 'preparing':
    case 'pre-copy':
    case 'activating':
      return null
    case 'post-copy':
      return {
        kind: 'announcement',
        sentence: shellText.followsAnnouncement(domainName, destinationHostName),
      }
    case 'completed':
      return {
        kind: 'toast',
        tone: 'ok',
        title: shellText.movedTitle(domainName, destinationHostName),
        lines: [
          shellText.movedDetail(formatDuration(state.totalMs), formatDuration(state.downtimeMs)),
        ],
      }
    case 'failed':
      return {
        kind: 'toast',
        tone: 'critical',
        title:
          state.failedIn === 'post-copy'
            ? shellText.lostTitle(domainName, destinationHostName)
            : shellText.failedTitle(domainName, destinationHostName),
        lines: [state.refusal.message],
      }
    case 'cancelled':
      return {
        kind: 'toast',
        tone: 'notice',
        title: shellText.cancelledTitle(domainName, migration.sourceHostName),
        lines: [],
      }
    default:
      return assertNever(state)
  }
}
