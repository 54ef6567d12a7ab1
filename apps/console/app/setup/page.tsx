import type { Metadata } from 'next'
import { Setup } from '../../features/session/setup.tsx'
import { sessionText } from '../../lib/text/session.ts'

export const metadata: Metadata = { title: sessionText.setupTitle, referrer: 'no-referrer' }

export default async function SetupPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { token } = await searchParams
  return <Setup token={typeof token === 'string' ? token : ''} />
}
