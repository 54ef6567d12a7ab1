import type { MigrationProgress, MigrationState } from '@drover/api-schema/migration.ts'
import { assertNever } from '@drover/api-schema/result.ts'
import {
  Ban,
  CircleAlert,
  CircleCheck,
  CirclePause,
  CircleQuestionMark,
  Clock,
  Copy,
  Handshake,
  ListChecks,
  type LucideIcon,
  MemoryStick,
  PackageOpen,
  Unplug,
} from 'lucide-react'
import { migrationPhaseText } from '../../lib/text/common.ts'
import { migrationsText } from '../../lib/text/migrations.ts'
import { Badge } from '../../ui/badge.tsx'
import { toneOf, troubleOf } from './migration-view.ts'

const icons: Record<MigrationState['phase'], LucideIcon> = {
  queued: Clock,
  preflight: ListChecks,
  preparing: PackageOpen,
  'pre-copy': Copy,
  'stop-and-copy': CirclePause,
  activating: Handshake,
  'post-copy': MemoryStick,
  completed: CircleCheck,
  failed: CircleAlert,
  cancelled: Ban,
}

/** The phase of a migration, or what is wrong with it when that matters more. */
export function PhaseBadge({
  state,
  progress = null,
  look = 'plain',
}: {
  state: MigrationState
  progress?: MigrationProgress | null
  look?: 'plain' | 'filled'
}) {
  const { Icon, label } = faceOf(state, progress)
  return (
    <Badge tone={toneOf(state, progress)} look={look} icon={<Icon aria-hidden size={13} />}>
      {label}
    </Badge>
  )
}

function faceOf(state: MigrationState, progress: MigrationProgress | null) {
  const trouble = troubleOf(state, progress)
  switch (trouble.kind) {
    case 'none':
      return { Icon: icons[state.phase], label: migrationPhaseText[state.phase] }
    case 'stalled':
      return { Icon: Unplug, label: migrationsText.stalledBadge }
    case 'cut-off':
      return { Icon: Unplug, label: migrationsText.cutOffBadge }
    case 'in-doubt':
      return { Icon: CircleQuestionMark, label: migrationsText.inDoubt }
    default:
      return assertNever(trouble)
  }
}
