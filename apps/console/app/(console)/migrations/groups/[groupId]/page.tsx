import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { GroupPage } from '../../../../../features/migrations/group-page.tsx'
import { groupText } from '../../../../../lib/text/queue.ts'

export const metadata: Metadata = { title: groupText.pageTitle }

export default async function Page({ params }: { params: Promise<{ groupId: string }> }) {
  const parsed = z.uuid().safeParse((await params).groupId)
  if (!parsed.success) notFound()
  return <GroupPage groupId={parsed.data} />
}
