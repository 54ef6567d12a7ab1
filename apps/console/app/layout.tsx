import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './globals.css'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { ClientProvider } from '../client/provider.tsx'
import { commonText } from '../lib/text/common.ts'
import { parseTheme, themeCookie } from '../lib/theme.ts'
import { Announcer } from '../ui/announcer.tsx'
import { Toaster } from '../ui/toast.tsx'
import { TooltipProvider } from '../ui/tooltip.tsx'

/** Every response carries its own nonce, so no page can be rendered ahead of the request. */
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: { default: commonText.productName, template: `%s · ${commonText.productName}` },
}

export const viewport: Viewport = { width: 'device-width', initialScale: 1, viewportFit: 'cover' }

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(themeCookie)?.value)
  return (
    <html lang="en" data-theme={theme} suppressHydrationWarning>
      <body>
        <ClientProvider>
          <TooltipProvider>
            {children}
            <Toaster />
            <Announcer />
          </TooltipProvider>
        </ClientProvider>
      </body>
    </html>
  )
}
