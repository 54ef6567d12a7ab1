'use client'
import {
  ArrowRightLeft,
  Boxes,
  ChevronsLeft,
  ChevronsRight,
  LayoutGrid,
  type LucideIcon,
  Server,
  Settings,
} from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
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

function RailLink({
  place,
  isCurrent,
  isFolded,
}: {
  place: Place
  isCurrent: boolean
  isFolded: boolean
}) {
  const link = (
    <Link
      href={place.path}
      aria-current={isCurrent ? 'page' : undefined}
      aria-label={isFolded ? place.label : undefined}
      className={classNames(
        'flex h-8 items-center gap-2.5 rounded-md px-2 font-medium text-sm',
        isCurrent ? 'bg-n4 text-n12' : 'text-n10 hover:bg-n3 hover:text-n12',
      )}
    >
      <place.icon
        size={16}
        strokeWidth={1.75}
        aria-hidden="true"
        className={classNames('shrink-0', isCurrent && 'text-accent')}
      />
      {!isFolded && place.label}
    </Link>
  )
  return isFolded ? (
    <Tooltip text={place.label} side="right">
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
      {places.map((place) => {
        const isCurrent = isAt(pathname, place.path)
        return (
          <Link
            key={place.path}
            href={place.path}
            aria-current={isCurrent ? 'page' : undefined}
            className={classNames(
              'flex h-13 min-w-0 grow basis-0 flex-col items-center justify-center gap-0.5 text-2xs',
              isCurrent ? 'font-medium text-n12' : 'text-n10',
            )}
          >
            <place.icon
              size={18}
              strokeWidth={1.75}
              aria-hidden="true"
              className={isCurrent ? 'text-accent' : undefined}
            />
            {place.label}
          </Link>
        )
      })}
    </nav>
  )
}
