import type { Metadata } from 'next'
import { AboutPage } from '../../../features/settings/about-page.tsx'
import { settingsText } from '../../../lib/text/settings.ts'

export const metadata: Metadata = { title: settingsText.title }

export default function Page() {
  return <AboutPage />
}
