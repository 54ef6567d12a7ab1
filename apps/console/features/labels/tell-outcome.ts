import type { ManyChanged } from '@drover/api-schema/policy-endpoints.ts'
import { labelsText } from '../../lib/text/labels.ts'
import { showToast } from '../../ui/toast.tsx'
import { countOfThings, type Things } from './things.ts'

/** Says how many were changed, and each that was refused with its reason. */
export function tellOutcome(
  things: Things,
  { changedCount, unchangedCount, refused }: ManyChanged,
) {
  if (changedCount > 0 || refused.length === 0) {
    showToast({
      tone: 'ok',
      title: labelsText.changed(countOfThings(things, changedCount)),
      ...(unchangedCount === 0
        ? {}
        : { lines: [labelsText.unchanged(countOfThings(things, unchangedCount))] }),
    })
  }
  if (refused.length === 0) return
  const names = new Map<string, string>(
    things.kind === 'domains'
      ? things.domains.map(({ domainId, name }) => [domainId, name])
      : things.hosts.map(({ hostId, name }) => [hostId, name]),
  )
  showToast({
    tone: 'critical',
    title: labelsText.refused(countOfThings(things, refused.length)),
    lines: refused
      .slice(0, 5)
      .map(({ id, refusal }) =>
        labelsText.refusedLine(names.get(id) ?? labelsText.gone, refusal.message),
      ),
  })
}
