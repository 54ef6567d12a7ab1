import type { Metadata } from 'next'
import { domainsText } from '../../../lib/text/domains.ts'
import { DomainsWithLabels } from './domains-with-labels.tsx'

export const metadata: Metadata = { title: domainsText.title }

export default function Page() {
  return <DomainsWithLabels />
}
