'use client'
import { ArrowRightLeft, ChevronRight, CircleQuestionMark, Search } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { isInDoubt } from '../../client/migration-ratio.ts'
import { useFleetPart } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { commonText } from '../../lib/text/common.ts'
import { shellText } from '../../lib/text/shell.ts'
import type { Theme } from '../../lib/theme.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Logo } from '../../ui/logo.tsx'
import { LiveIndicator } from './live-indicator.tsx'
import { isAt, places } from './navigation.tsx'
import { UserMenu } from './user-menu.tsx'

type Props = { initialTheme: Theme; onOpenPalette: () => void; onOpenKeys: () => void }

export function TopBar({ initialTheme, onOpenPalette, onOpenKeys }: Props) {
  return (
    <header className="flex h-11 shrink-0 items-center gap-3 border-b bg-n1 px-3">
      <Breadcrumb />
      <button
        type="button"
        onClick={onOpenPalette}
        className="mx-auto flex h-7.5 w-full max-w-105 items-center gap-2 rounded-md border border-n6 bg-n2 px-2.5 text-n10 text-sm hover:border-n7 max-sm:hidden"
      >
        <Search size={14} aria-hidden="true" />
        <span className="truncate">{shellText.search}</span>
        <kbd className="ml-auto font-mono text-2xs">⌘K</kbd>
      </button>
      <div className="flex shrink-0 items-center gap-3 text-xs max-sm:ml-auto max-sm:gap-2">
        <IconButton
          label={shellText.searchShort}
          icon={<Search size={16} />}
          size="sm"
          onClick={onOpenPalette}
          className="sm:hidden"
        />
        <MigratingCount />
        <LiveIndicator />
        <UserMenu initialTheme={initialTheme} onOpenKeys={onOpenKeys} />
      </div>
    </header>
  )
}

function Breadcrumb() {
  const pathname = usePathname()
  const pools = useFleetPart((index) =>
    [...new Set(index.fleet.hosts.map((host) => host.pool))].join('\n'),
  )?.split('\n')
  const place = places.find((other) => isAt(pathname, other.path))
  const scope =
    pools === undefined || pools[0] === ''
      ? null
      : pools.length === 1
        ? pools[0]
        : shellText.pools(pools.length)
  return (
    <nav
      aria-label={shellText.breadcrumb}
      className="flex min-w-0 shrink items-center gap-1.5 text-sm sm:min-w-42"
    >
      <Link
        href={paths.board()}
        className="flex items-center gap-2 font-semibold text-n12 tracking-tight"
      >
        <Logo size={19} />
        <span className="max-[420px]:sr-only">{commonText.productName}</span>
      </Link>
      {[scope, place?.label].map((label) =>
        label === null || label === undefined ? null : (
          <span
            key={label}
            className="flex min-w-0 items-center gap-1.5 text-n10 last:max-lg:hidden"
          >
            <ChevronRight size={13} aria-hidden="true" className="shrink-0 text-n8" />
            <span className="truncate">{label}</span>
          </span>
        ),
      )}
    </nav>
  )
}

/** How many move, wait and are in doubt, told apart: one that waits does not migrate. */
function MigratingCount() {
  const counts = useFleetPart(({ openMigrations }) => {
    const doubted = openMigrations.filter(({ state }) => isInDoubt(state)).length
    const waiting = openMigrations.filter(({ state }) => state.phase === 'queued').length
    return [openMigrations.length - waiting - doubted, waiting, doubted].join(' ')
  })
  const [moving = 0, waiting = 0, doubted = 0] = (counts ?? '').split(' ').map(Number)
  if (moving + waiting + doubted === 0) return null
  const words = [
    moving > 0 && shellText.migrating(moving),
    waiting > 0 && shellText.waiting(waiting),
    doubted > 0 && shellText.inDoubt(doubted),
  ].filter((word) => word !== false)
  return (
    <Link
      href={paths.migrations()}
      className="flex items-center gap-1.5 font-medium text-n12 hover:text-accent"
    >
      {doubted > 0 ? (
        <CircleQuestionMark size={14} aria-hidden="true" className="text-crit" />
      ) : (
        <ArrowRightLeft size={13} aria-hidden="true" className="text-accent" />
      )}
      <span className="max-sm:sr-only">{words.join(' · ')}</span>
      <span aria-hidden="true" className="sm:hidden">
        {moving + waiting + doubted}
      </span>
    </Link>
  )
}
