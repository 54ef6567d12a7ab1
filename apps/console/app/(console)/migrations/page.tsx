import type { Metadata } from 'next'
import { MigrationsPage } from '../../../features/migrations/migrations-page.tsx'
import { migrationsText } from '../../../lib/text/migrations.ts'

export const metadata: Metadata = { title: migrationsText.title }

export default function Page() {
  return <MigrationsPage />
}
