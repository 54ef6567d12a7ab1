'use client'
import {
  ArrowRightLeft,
  Boxes,
  ChevronsLeft,
  ChevronsRight,
  LayoutGrid,
  type LucideIcon,
  Scale,
  Server,
  Settings,
} from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useFleetPart } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { paths } from '../../lib/paths.ts'
import { railCookieText } from '../../lib/rail.ts'
import { shellText } from '../../lib/text/shell.ts'
import { Tooltip } from '../../ui/tooltip.tsx'

type Place = { readonly path: string; readonly label: string; readonly icon: LucideIcon }

export const places: readonly Place[] = [
  { path: paths.board(), label: shellText.board, icon: LayoutGrid },
  { path: paths.hosts(), label: shellText.hosts, icon: Server },
  { path: paths.domains(), label: shellText.domains, icon: Boxes },
  { path: paths.migrations(), label: shellText.migrations, icon: ArrowRightLeft },
  { path: paths.policies(), label: shellText.policies, icon: Scale },
  { path: paths.settings(), label: shellText.settings, icon: Settings },
]

export function isAt(pathname: string, path: string): boolean {
  return path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`)
}

/** The rail at the left; folds to icons. */
export function NavigationRail({
  pathname,
  isInitiallyFolded,
}: {
  pathname: string
  isInitiallyFolded: boolean
}) {
  const [isFolded, setFolded] = useState(isInitiallyFolded)
  function fold() {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in all browsers; the server reads this for the first paint
    document.cookie = railCookieText(!isFolded)
    setFolded(!isFolded)
  }
  const Fold = isFolded ? ChevronsRight : ChevronsLeft
  return (
    <nav
      aria-label={shellText.navigation}
      className={classNames(
        'flex shrink-0 flex-col gap-0.5 border-r bg-n1 p-2 max-sm:hidden',
        isFolded ? 'w-12.5' : 'w-45',
      )}
    >
      {places.map((place) => (
        <RailLink
          key={place.path}
          place={place}
          isCurrent={isAt(pathname, place.path)}
          isFolded={isFolded}
        />
      ))}
      <button
        type="button"
        aria-label={isFolded ? shellText.unfoldRail : shellText.foldRail}
        aria-expanded={!isFolded}
        onClick={fold}
        className="mt-auto flex h-8 items-center rounded-md px-2 text-n10 hover:bg-n3 hover:text-n12"
      >
        <Fold size={16} aria-hidden="true" />
      </button>
    </nav>
  )
}

/** Places where required rules do not hold; preferred ones are no alarm, and are told on their page. */
function useAlarms(path: string): { readonly count: number; readonly words: string } | null {
  const required = useFleetPart((index) => index.fleet.violationCounts.required) ?? 0
  return path === paths.policies() && required > 0
    ? { count: required, words: shellText.requiredNotHeld(required) }
    : null
}

function AlarmCount({
  count,
  words,
  className,
}: {
  count: number
  words: string
  className: string
}) {
  return (
    <>
      <span className="sr-only">, {words}</span>
      <span
        aria-hidden="true"
        className={classNames(
          'flex h-4 min-w-4 items-center justify-center rounded-full bg-crit-solid px-1 font-semibold text-2xs text-[white]',
          className,
        )}
      >
        {count > 99 ? '99+' : count}
      </span>
    </>
  )
}

function RailLink({
  place,
  isCurrent,
  isFolded,
}: {
  place: Place
  isCurrent: boolean
  isFolded: boolean
}) {
  const alarms = useAlarms(place.path)
  const name = alarms === null ? place.label : `${place.label}, ${alarms.words}`
  const link = (
    <Link
      href={place.path}
      aria-current={isCurrent ? 'page' : undefined}
      className={classNames(
        'relative flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-sm',
        isCurrent ? 'bg-n4 text-n12' : 'text-n10 hover:bg-n3 hover:text-n12',
      )}
    >
      <place.icon
        size={16}
        strokeWidth={1.75}
        aria-hidden="true"
        className={classNames('shrink-0', isCurrent && 'text-accent')}
      />
      <span className={isFolded ? 'sr-only' : undefined}>{place.label}</span>
      {alarms !== null && (
        <AlarmCount {...alarms} className={isFolded ? 'absolute -top-0.5 -right-0.5' : 'ml-auto'} />
      )}
    </Link>
  )
  return isFolded ? (
    <Tooltip text={name} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  )
}

/** The same places at the bottom of a phone. */
export function NavigationBar({ pathname }: { pathname: string }) {
  return (
    <nav
      aria-label={shellText.navigation}
      className="flex shrink-0 border-t bg-n2 pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      {places.map((place) => (
        <BarLink key={place.path} place={place} isCurrent={isAt(pathname, place.path)} />
      ))}
    </nav>
  )
}

function BarLink({ place, isCurrent }: { place: Place; isCurrent: boolean }) {
  const alarms = useAlarms(place.path)
  return (
    <Link
      href={place.path}
      aria-current={isCurrent ? 'page' : undefined}
      className={classNames(
        'relative flex h-13 min-w-0 grow basis-0 flex-col items-center justify-center gap-0.5 text-2xs',
        isCurrent ? 'font-medium text-n12' : 'text-n10',
      )}
    >
      <place.icon
        size={18}
        strokeWidth={1.75}
        aria-hidden="true"
        className={isCurrent ? 'text-accent' : undefined}
      />
      <span className="max-w-full truncate">{place.label}</span>
      {alarms !== null && <AlarmCount {...alarms} className="absolute top-1 left-1/2 ml-1.5" />}
    </Link>
  )
}
