import type { Metadata } from 'next'
import { MigrationSettingsPage } from '../../../../features/settings/migrations-page.tsx'
import { migrationSettingsText } from '../../../../lib/text/migration-settings.ts'

export const metadata: Metadata = { title: migrationSettingsText.title }

export default function Page() {
  return <MigrationSettingsPage />
}
