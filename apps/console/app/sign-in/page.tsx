import type { Metadata } from 'next'
import { SignIn } from '../../features/session/sign-in.tsx'
import { sessionText } from '../../lib/text/session.ts'

export const metadata: Metadata = { title: sessionText.signInTitle }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { next } = await searchParams
  return <SignIn next={typeof next === 'string' ? next : null} />
}
