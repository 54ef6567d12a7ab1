import type { Metadata } from 'next'
import { NewRulePage } from '../../../../features/policies/rule-page.tsx'
import { editorText } from '../../../../lib/text/policy-editor.ts'

export const metadata: Metadata = { title: editorText.newTitle }

export default function Page() {
  return <NewRulePage />
}
