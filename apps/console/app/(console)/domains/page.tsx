import type { Metadata } from 'next'
import { DomainsPage } from '../../../features/domains/domains-page.tsx'
import { domainsText } from '../../../lib/text/domains.ts'

export const metadata: Metadata = { title: domainsText.title }

export default function Page() {
  return <DomainsPage />
}
