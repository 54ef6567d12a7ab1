import type { Metadata } from 'next'
import { UsersPage } from '../../../../features/settings/users-page.tsx'
import { usersText } from '../../../../lib/text/settings.ts'

export const metadata: Metadata = { title: usersText.title }

export default function Page() {
  return <UsersPage />
}
