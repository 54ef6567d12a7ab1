'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import { poolSettings } from '@drover/api-schema/migration-settings.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import {
  profileFields,
  profileSentence,
  requestFields,
  retryFields,
  type TermsDraft,
} from '../../client/migration-draft.ts'
import type { MigrationTerms } from '../../client/mutations.ts'
import { formatDuration } from '../../lib/format.ts'
import { termsText } from '../../lib/text/migration-terms.ts'
import { Fold } from '../../ui/fold.tsx'
import { FormFields } from '../../ui/form-fields.tsx'
import { predictionFor } from './host-prediction.ts'
import type { HostVerdict } from './host-verdict.ts'

type Props = {
  draft: TermsDraft
  /** Null while something is wrong with the draft. */
  terms: MigrationTerms | null
  /** The host that is offered first; what the options do is said of it. */
  best: HostVerdict | undefined
  domains: readonly Domain[]
  fleet: FleetIndex
  onChange: (draft: TermsDraft) => void
}

/** What may be asked for beside the host. Closed until it is wanted, and as the pool has it every time. */
export function MigrateOptions({ draft, terms, best, domains, fleet, onChange }: Props) {
  const pools = [...new Set(domains.flatMap(({ hostId }) => fleet.hosts.get(hostId)?.pool ?? []))]
  const [pool] = pools
  const asPool =
    pools.length === 1 && pool !== undefined ? termsText.asPool(pool) : termsText.asPools
  const profile =
    pool === undefined ? null : poolSettings(fleet.fleet.migrationSettings, pool).profile
  const isFresh = terms !== null && Object.keys(terms).length === 0
  return (
    <div className="mb-3">
      <Fold
        title={termsText.options}
        aside={
          isFresh && profile !== null ? `${asPool}: ${profileSentence(profile)}` : chosenText(terms)
        }
      >
        <FormFields
          fields={[
            ...profileFields(draft, asPool),
            ...retryFields(draft, asPool),
            ...requestFields(draft),
          ]}
          onChange={(id, value) => onChange({ ...draft, [id]: value })}
        />
        <p role="status" className="mt-3 text-n11 text-xs">
          {terms === null
            ? termsText.fixFirst
            : effectText({ terms, best, domains, fleet, isFresh })}
        </p>
      </Fold>
    </div>
  )
}

function chosenText(terms: MigrationTerms | null): string {
  if (terms === null) return termsText.fixFirst
  return terms.profile === undefined ? '' : profileSentence(terms.profile)
}

/** What the options make of the first host's duration and pause, beside what the pool's own settings would. */
function effectText({
  terms,
  best,
  domains,
  fleet,
  isFresh,
}: Pick<Props, 'best' | 'domains' | 'fleet'> & {
  terms: MigrationTerms
  isFresh: boolean
}): string {
  if (best === undefined || best.rank === null) return termsText.effectUnknown
  const { host } = best
  const arriving = domains.filter(({ hostId }) => hostId !== host.hostId)
  const now = predictionFor(host, arriving, fleet, terms)
  if (now === null) return termsText.effectGivesUp(host.name)
  const figures = [formatDuration(now.totalMs), formatDuration(now.downtimeMs)] as const
  const said = `${termsText.effect(host.name, ...figures)}.`
  if (isFresh) return said
  const before = predictionFor(host, arriving, fleet)
  if (before === null) return said
  const isSame = before.totalMs === now.totalMs && before.downtimeMs === now.downtimeMs
  return (
    said +
    (isSame
      ? termsText.effectSame
      : termsText.effectBefore(formatDuration(before.totalMs), formatDuration(before.downtimeMs)))
  )
}
