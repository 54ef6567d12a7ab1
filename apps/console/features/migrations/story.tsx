import type { Migration } from '@drover/api-schema/migration.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatClock, formatMomentWithZone } from '../../lib/format.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { useTry } from './attempt-line.tsx'
import { type StoryLine, storyOf } from './migration-story.ts'

const inks: Record<StoryLine['tone'], string> = {
  neutral: 'text-n11',
  ok: 'text-n12',
  warning: 'text-n12',
  critical: 'text-n12',
}
const marks: Record<StoryLine['tone'], string> = {
  neutral: 'bg-n7',
  ok: 'bg-ok',
  warning: 'bg-warn',
  critical: 'bg-crit',
}

/** What happened, one sentence a line, with the time of day where it was recorded. */
export function Story({ migration }: { migration: Migration }) {
  const earlier = useTry(migration.retryOf)
  const later = useTry(migration.retriedBy)
  return (
    <ol aria-label={migrationsText.log} className="px-4 pt-2 pb-5 text-sm">
      {storyOf(migration, { earlier, later }).map((line) => (
        <li key={line.id} className="grid grid-cols-[60px_8px_1fr] items-baseline gap-x-3 py-0.5">
          <span className="text-n10 text-xs">
            {line.at !== null && (
              <time
                dateTime={new Date(line.at).toISOString()}
                title={formatMomentWithZone(line.at)}
              >
                {formatClock(line.at)}
              </time>
            )}
          </span>
          <span
            aria-hidden
            className={classNames('mt-[7px] size-1.5 self-start rounded-full', marks[line.tone])}
          />
          <span className={inks[line.tone]}>{line.text}</span>
        </li>
      ))}
    </ol>
  )
}
