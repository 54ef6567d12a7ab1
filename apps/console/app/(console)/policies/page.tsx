import type { Metadata } from 'next'
import { PoliciesPage } from '../../../features/policies/policies-page.tsx'
import { policiesText } from '../../../lib/text/policies.ts'

export const metadata: Metadata = { title: policiesText.title }

export default function Page() {
  return <PoliciesPage />
}
