'use client'

import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useNow } from '../../client/hooks.ts'
import { useFleet } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatAge, formatPercent } from '../../lib/format.ts'
import { paths } from '../../lib/paths.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { groupText } from '../../lib/text/queue.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Ring } from '../../ui/ring.tsx'
import { CancelRest, countsText, GroupFigures, groupTitle, useProgressOf } from './group-parts.tsx'
import { type GroupSummary, inGroupOrder, type MigrationGroup, summaryOf } from './group-view.ts'
import { isOpenMigration } from './migration-view.ts'
import { OpenMigrations } from './open-migrations.tsx'
import { PhaseBadge } from './phase-badge.tsx'
import { queueOf } from './queue-view.ts'

/** Domains that were asked for together: one line, and all of them below it when they are wanted. */
export function GroupRow({ group }: { group: MigrationGroup }) {
  const now = useNow()
  const [isExpanded, setExpanded] = useState(false)
  const summary = summaryOf(group.members, useProgressOf())
  const title = groupTitle(summary)
  return (
    <li data-group={group.groupId} className="border-b">
      <div className="grid grid-cols-[auto_1fr_auto] items-center gap-x-3 gap-y-2 px-4 py-2.5 xl:grid-cols-[auto_minmax(268px,1.2fr)_minmax(0,4fr)_auto]">
        <Ring
          label={groupText.ringLabel(title, formatPercent(summary.ratio))}
          ratio={summary.ratio ?? 0}
          size={32}
        />
        <div className="flex min-w-0 items-start gap-1">
          <div className="min-w-0">
            <Link
              href={paths.migrationGroup(group.groupId)}
              prefetch={false}
              className="font-medium text-n12 hover:underline"
            >
              {title}
            </Link>
            <p className="text-n11 text-xs">{progressText(summary)}</p>
            <p className="text-n10 text-xs">{askedByText(group)}</p>
          </div>
          <IconButton
            label={isExpanded ? groupText.collapse(title) : groupText.expand(title)}
            aria-expanded={isExpanded}
            icon={
              <ChevronRight
                size={15}
                className={classNames(
                  'transition-transform duration-120 motion-reduce:transition-none',
                  isExpanded && 'rotate-90',
                )}
              />
            }
            size="sm"
            hasTooltip={false}
            onClick={() => setExpanded(!isExpanded)}
            className="-mt-1"
          />
        </div>
        <GroupFigures summary={summary} isRow />
        <CancelRest group={group} summary={summary} isCompact />
      </div>
      {isExpanded && <Members group={group} now={now} />}
    </li>
  )
}

/** "2 done, 1 copying, 3 waiting · 41 % · ~2 min left". */
export function progressText(summary: GroupSummary): string {
  return [
    countsText(summary),
    ...(summary.isOpen && summary.ratio !== null ? [formatPercent(summary.ratio)] : []),
    ...(summary.leftMs === null ? [] : [groupText.timeLeft(formatAge(summary.leftMs))]),
  ].join(' · ')
}

function askedByText({ members }: MigrationGroup): string {
  return groupText.askedBy(
    [...new Set(members.map(({ requestedBy }) => requestedBy.name))].join(', '),
  )
}

/** Each of them: the open ones as everywhere, the ended ones in a line. */
function Members({ group, now }: { group: MigrationGroup; now: number }) {
  const fleet = useFleet()
  const queue = fleet === undefined ? [] : queueOf(fleet, now).order
  const members = inGroupOrder(group.members, queue)
  const ended = members.filter((member) => !isOpenMigration(member))
  return (
    <div className="border-t bg-n2 pl-6 max-sm:pl-2">
      <OpenMigrations migrations={members.filter(isOpenMigration)} label={groupText.members} />
      {ended.length > 0 && (
        <ul aria-label={migrationsText.past} className="py-1">
          {ended.map((member) => (
            <li key={member.migrationId} className="flex items-center gap-3 px-4 py-1 text-sm">
              <Link
                href={paths.migration(member.migrationId)}
                prefetch={false}
                className="min-w-0 truncate font-medium text-n12 hover:underline"
              >
                {member.domainName}
              </Link>
              <PhaseBadge state={member.state} />
              {member.state.phase === 'failed' && (
                <span
                  className="min-w-0 truncate text-n10 text-xs"
                  title={member.state.refusal.message}
                >
                  {member.state.refusal.message}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
