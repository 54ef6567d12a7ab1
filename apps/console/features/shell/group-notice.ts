import { isEnded, type Migration } from '@drover/api-schema/migration.ts'
import { groupText } from '../../lib/text/queue.ts'

export type GroupNotice = {
  readonly tone: 'ok' | 'notice' | 'critical'
  readonly title: string
  readonly lines: readonly string[]
}

/** What became of all that were asked for together; null while one of them is still open or is tried again. */
export function groupNoticeOf(members: readonly Migration[]): GroupNotice | null {
  const last = members.filter(({ retriedBy }) => retriedBy === null)
  if (last.length === 0 || last.some(({ state }) => !isEnded(state))) return null
  const of = (phase: Migration['state']['phase']) =>
    last.filter(({ state }) => state.phase === phase)
  const [done, failed, cancelled] = [of('completed'), of('failed'), of('cancelled')]
  const hosts = [...new Set(last.map(({ destinationHostName }) => destinationHostName))]
  const [only = ''] = hosts
  const where = hosts.length === 1 ? only : groupText.hosts(hosts.length)
  if (done.length === last.length) {
    return { tone: 'ok', title: groupText.allMoved(done.length, where), lines: [] }
  }
  const counts = [
    ...(done.length > 0 ? [groupText.done(done.length)] : []),
    ...(failed.length > 0 ? [groupText.failed(failed.length)] : []),
    ...(cancelled.length > 0 ? [groupText.cancelled(cancelled.length)] : []),
  ]
  return {
    tone: failed.length > 0 ? 'critical' : 'notice',
    title: groupText.ended(groupText.title(last.length, where), counts.join(', ')),
    lines: [],
  }
}
