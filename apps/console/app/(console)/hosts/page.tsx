import type { Metadata } from 'next'
import { HostsPage } from '../../../features/hosts/hosts-page.tsx'
import { hostsText } from '../../../lib/text/hosts.ts'

export const metadata: Metadata = { title: hostsText.title }

export default function Page() {
  return <HostsPage />
}
