'use client'
import { useQuery } from '@tanstack/react-query'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { LiveProvider } from '../../client/provider.tsx'
import { queries } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { shellText } from '../../lib/text/shell.ts'
import type { Theme } from '../../lib/theme.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { DatabaseBanner } from './database-banner.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { MigrationNotices } from './migration-notices.tsx'
import { NavigationBar, NavigationRail } from './navigation.tsx'
import { Palette } from './palette.tsx'
import { TopBar } from './top-bar.tsx'
import { useContentFocus } from './use-content-focus.ts'
import { useGlobalKeys } from './use-global-keys.ts'

type Props = { initialTheme: Theme; isInitiallyFolded: boolean; children: ReactNode }

/** The frame of every page behind the sign-in: without a session it leads there, with one it keeps the socket open. */
export function Shell({ initialTheme, isInitiallyFolded, children }: Props) {
  const router = useRouter()
  const pathname = usePathname()
  const session = useQuery(queries.session())
  const toSignIn = useCallback(() => {
    // A full load, so that nothing of the old session stays in memory.
    window.location.assign(paths.signIn(`${window.location.pathname}${window.location.search}`))
  }, [])
  const [open, setOpen] = useState<'palette' | 'keys' | null>(null)
  useGlobalKeys({
    openPalette: () => setOpen('palette'),
    openKeys: () => setOpen('keys'),
    goTo: (path) => router.push(path),
  })
  const content = useContentFocus(pathname)

  if (session.isError) {
    const refusal = refusalFrom(session.error)
    if (refusal.code === 'not-signed-in') return <Leave onLeave={toSignIn} />
    return (
      <main className="grid min-h-dvh place-items-center">
        <ErrorState message={refusal.message} onRetry={() => void session.refetch()} />
      </main>
    )
  }

  const frame = (
    <div className="flex h-dvh flex-col overflow-hidden">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:z-60 focus:rounded-md focus:bg-n2 focus:px-3 focus:py-1.5"
      >
        {shellText.skipToContent}
      </a>
      <TopBar
        initialTheme={initialTheme}
        onOpenPalette={() => setOpen('palette')}
        onOpenKeys={() => setOpen('keys')}
      />
      <ConnectionBanner />
      <DatabaseBanner />
      <div className="flex min-h-0 grow">
        <NavigationRail pathname={pathname} isInitiallyFolded={isInitiallyFolded} />
        <main
          id="content"
          ref={content}
          tabIndex={-1}
          className="relative min-w-0 grow overflow-y-auto outline-none"
        >
          {children}
        </main>
      </div>
      <NavigationBar pathname={pathname} />
      <Palette
        isOpen={open === 'palette'}
        onOpenChange={(isOpen) => setOpen(isOpen ? 'palette' : null)}
        onOpenKeys={() => setOpen('keys')}
      />
      <KeysDialog
        isOpen={open === 'keys'}
        onOpenChange={(isOpen) => setOpen(isOpen ? 'keys' : null)}
      />
      <MigrationNotices />
    </div>
  )
  return session.data === undefined ? (
    frame
  ) : (
    <LiveProvider onSignedOut={toSignIn}>{frame}</LiveProvider>
  )
}

/** Goes to the sign-in page when it is mounted, and shows nothing of the console meanwhile. */
function Leave({ onLeave }: { onLeave: () => void }) {
  useEffect(onLeave, [onLeave])
  return null
}
