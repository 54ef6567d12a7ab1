'use client'

import { ShieldX } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { useSession } from '../../client/queries.ts'
import { classNames } from '../../lib/class-names.ts'
import { paths } from '../../lib/paths.ts'
import { roleText } from '../../lib/text/common.ts'
import { settingsText } from '../../lib/text/settings.ts'
import { buttonClass } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import { PageHead } from '../../ui/page-head.tsx'

const tabs: readonly { href: string; label: string; isForAll?: boolean }[] = [
  { href: paths.settings(), label: settingsText.tabs.about },
  { href: paths.settingsMigrations(), label: settingsText.tabs.migrations, isForAll: true },
  { href: paths.settingsUsers(), label: settingsText.tabs.users },
  { href: paths.settingsTokens(), label: settingsText.tabs.tokens },
  { href: paths.settingsAudit(), label: settingsText.tabs.audit },
]

/** The settings' own navigation. Others than administrators read what is for all, and learn whom to ask for the rest. */
export function SettingsFrame({ children }: { children: ReactNode }) {
  const user = useSession()
  const pathname = usePathname()
  if (user === undefined) {
    return (
      <>
        <PageHead title={settingsText.title} />
        <ListSkeleton rows={4} />
      </>
    )
  }
  const isAdmin = user.role === 'admin'
  const shown = tabs.filter((tab) => isAdmin || tab.isForAll === true)
  if (!shown.some(({ href }) => href === pathname)) {
    return (
      <>
        <PageHead title={settingsText.title} />
        <EmptyState
          icon={<ShieldX size={28} strokeWidth={1.5} />}
          title={settingsText.deniedTitle}
          body={settingsText.deniedHint(roleText[user.role], settingsText.deniedSomeone)}
          action={
            <span className="flex flex-wrap justify-center gap-2">
              <Link href={paths.settingsMigrations()} className={buttonClass()}>
                {settingsText.deniedMigrations}
              </Link>
              <Link href={paths.board()} className={buttonClass()}>
                {settingsText.deniedNext}
              </Link>
            </span>
          }
        />
      </>
    )
  }
  return (
    <>
      <PageHead title={settingsText.title} />
      <nav aria-label={settingsText.title} className="flex gap-4 overflow-x-auto border-b px-4">
        {shown.map((tab) => (
          <Link
            key={tab.href}
            href={tab.href}
            aria-current={pathname === tab.href ? 'page' : undefined}
            className={classNames(
              '-mb-px border-b-2 py-2 font-medium text-sm whitespace-nowrap hover:text-n12',
              pathname === tab.href ? 'border-accent text-n12' : 'border-transparent text-n10',
            )}
          >
            {tab.label}
          </Link>
        ))}
      </nav>
      {children}
    </>
  )
}
