import type { Migration } from '@drover/api-schema/migration.ts'
import { Check, Minus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useNow } from '../../client/hooks.ts'
import { classNames } from '../../lib/class-names.ts'
import { formatAge, formatDuration } from '../../lib/format.ts'
import { migrationPhaseText } from '../../lib/text/common.ts'
import { migrationsText, phaseMeaning, stepStatusText } from '../../lib/text/migrations.ts'
import { toneOf } from './migration-view.ts'
import { phaseSteps, phaseTookMs, type StepStatus } from './phase-view.ts'

const looks: Record<StepStatus, { dot: string; line: string; name: string; icon: ReactNode }> = {
  done: {
    dot: 'border-ok text-ok',
    line: 'bg-ok',
    name: 'text-n11',
    icon: <Check aria-hidden size={12} strokeWidth={3} />,
  },
  current: {
    dot: 'border-notice bg-notice-wash text-notice',
    line: 'bg-n6',
    name: 'font-semibold text-n12',
    icon: <span className="size-2 animate-breathe rounded-full bg-notice" />,
  },
  ahead: { dot: 'border-n6 text-n8', line: 'bg-n6', name: 'text-n10', icon: null },
  broken: {
    dot: 'border-crit bg-crit-wash text-crit',
    line: 'bg-n6',
    name: 'font-semibold text-n12',
    icon: <X aria-hidden size={12} strokeWidth={3} />,
  },
  skipped: {
    dot: 'border-n6 text-n8',
    line: 'bg-n6',
    name: 'text-n10',
    icon: <Minus aria-hidden size={12} />,
  },
}

/** Where it stands while nobody knows which copy is the domain. */
const inTrouble = {
  ...looks.current,
  dot: 'border-crit bg-crit-wash text-crit',
  icon: <span className="font-bold text-xs leading-none">?</span>,
}

/** The phases in their order and how far this migration got; upright on a phone, in one line elsewhere. */
export function PhaseTimeline({ migration }: { migration: Migration }) {
  const now = useNow()
  const steps = phaseSteps(migration.state)
  const isInTrouble = toneOf(migration.state, null) === 'critical'
  return (
    <ol
      aria-label={migrationsText.timeline}
      className={classNames(
        'flex gap-x-0 gap-y-2 px-4 py-4 max-md:flex-col md:grid',
        steps.length === 7 ? 'md:grid-cols-7' : 'md:grid-cols-6',
      )}
    >
      {steps.map(({ phase, status }, index) => {
        const look = status === 'current' && isInTrouble ? inTrouble : looks[status]
        const tookMs = phaseTookMs(migration, phase, now)
        return (
          <li
            key={phase}
            aria-current={status === 'current' ? 'step' : undefined}
            className="relative flex gap-2.5 md:flex-col md:gap-1.5"
          >
            {index < steps.length - 1 && (
              <span
                aria-hidden
                className={classNames(
                  'absolute opacity-60 max-md:top-5.5 max-md:-bottom-2 max-md:left-[9px] max-md:w-0.5 md:top-[9px] md:right-0 md:left-5 md:h-0.5',
                  look.line,
                )}
              />
            )}
            <span
              className={classNames(
                'relative flex size-5 shrink-0 items-center justify-center rounded-full border-2 bg-n1',
                look.dot,
              )}
            >
              {look.icon}
            </span>
            <div className="min-w-0 md:pr-4">
              <p className={classNames('text-sm', look.name)}>
                {migrationPhaseText[phase]}
                <span className="sr-only">, {stepStatusText[status]}</span>
                {tookMs !== null && (
                  <span className="ml-1.5 whitespace-nowrap font-normal text-n10 text-xs">
                    {status === 'current' ? formatAge(tookMs) : formatDuration(tookMs)}
                  </span>
                )}
              </p>
              <p className="text-n10 text-xs">{phaseMeaning[phase]}</p>
            </div>
          </li>
        )
      })}
    </ol>
  )
}
