import type { Metadata } from 'next'
import { TokensPage } from '../../../../features/settings/tokens-page.tsx'
import { tokensText } from '../../../../lib/text/settings.ts'

export const metadata: Metadata = { title: tokensText.title }

export default function Page() {
  return <TokensPage />
}
