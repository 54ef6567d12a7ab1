import { migrationIdSchema } from '@drover/api-schema/ids.ts'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { MigrationPage } from '../../../../features/migrations/migration-page.tsx'
import { migrationsText } from '../../../../lib/text/migrations.ts'

export const metadata: Metadata = { title: migrationsText.migration }

export default async function Page({ params }: { params: Promise<{ migrationId: string }> }) {
  const parsed = migrationIdSchema.safeParse((await params).migrationId)
  if (!parsed.success) notFound()
  return <MigrationPage migrationId={parsed.data} />
}
