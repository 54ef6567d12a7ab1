import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { Shell } from '../../features/shell/shell.tsx'
import { isRailFolded, railCookie } from '../../lib/rail.ts'
import { parseTheme, themeCookie } from '../../lib/theme.ts'
import { MigrateProvider } from './migrate-provider.tsx'

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const jar = await cookies()
  return (
    <Shell
      initialTheme={parseTheme(jar.get(themeCookie)?.value)}
      isInitiallyFolded={isRailFolded(jar.get(railCookie)?.value)}
    >
      <MigrateProvider>{children}</MigrateProvider>
    </Shell>
  )
}
