import type { Metadata } from 'next'
import { hostsText } from '../../../lib/text/hosts.ts'
import { HostsWithLabels } from './hosts-with-labels.tsx'

export const metadata: Metadata = { title: hostsText.title }

export default function Page() {
  return <HostsWithLabels />
}
