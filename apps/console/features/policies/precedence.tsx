import { precedences } from '@drover/api-schema/policy.ts'
import { policiesText, precedenceText } from '../../lib/text/policies.ts'
import { PageSection } from '../../ui/page-head.tsx'

/** Who yields to whom, strongest first. */
export function PrecedenceSection() {
  return (
    <PageSection title={policiesText.precedence}>
      <ol className="grid gap-x-6 gap-y-3 px-4 pt-1 pb-5 text-sm sm:grid-cols-2 xl:grid-cols-4">
        {precedences.map((precedence, index) => (
          <li key={precedence} className="flex gap-2.5">
            <span
              aria-hidden="true"
              className="flex size-5 shrink-0 items-center justify-center rounded-full bg-n4 text-2xs text-n11"
            >
              {index + 1}
            </span>
            <span className="min-w-0">
              <span className="block font-medium text-n12">{precedenceText[precedence].name}</span>
              <span className="block text-n10 text-xs">{precedenceText[precedence].hint}</span>
            </span>
          </li>
        ))}
      </ol>
    </PageSection>
  )
}
