import type { Metadata } from 'next'
import { AuditPage } from '../../../../features/settings/audit-page.tsx'
import { auditText } from '../../../../lib/text/settings.ts'

export const metadata: Metadata = { title: auditText.title }

export default function Page() {
  return <AuditPage />
}
