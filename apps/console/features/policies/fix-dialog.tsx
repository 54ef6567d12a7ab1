'use client'
import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import type { Violation } from '@drover/api-schema/policy.ts'
import type { Fix, ProposedMove } from '@drover/api-schema/policy-set.ts'
import { roleAllows } from '@drover/api-schema/user.ts'
import { useQuery } from '@tanstack/react-query'
import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useCreateMigrations } from '../../client/mutations.ts'
import { policyQueries } from '../../client/policies.ts'
import { useFleet, useSession } from '../../client/queries.ts'
import { fixText, policiesText } from '../../lib/text/policies.ts'
import { randomUuid } from '../../lib/uuid.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormError } from '../../ui/form-error.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { showToast } from '../../ui/toast.tsx'

/** The moves that would mend one violation, looked for on the server, and the button that orders them. */
export function FixDialog({ violation, onClose }: { violation: Violation; onClose: () => void }) {
  const fix = useQuery(policyQueries.fix(violation.violationKey))
  const fleet = useFleet()
  const role = useSession()?.role
  const create = useCreateMigrations()
  // One key for one dialog: a double press or a lost answer moves nothing twice.
  const [requestKey] = useState(randomUuid)
  const moves = fix.data?.outcome === 'moves' ? fix.data.moves : []
  const migrate = () =>
    create.mutate(
      { moves, requestKey },
      {
        onSuccess: ({ outcomes }) => {
          tell(outcomes, fleet)
          onClose()
        },
      },
    )
  const trouble = create.error ?? fix.error
  return (
    <Dialog
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={fixText.title}
      description={violation.sentence}
      footer={
        <>
          <Button onClick={onClose}>{fixText.close}</Button>
          {moves.length > 0 && (
            <Button
              tone="primary"
              isBusy={create.isPending}
              disabledReason={
                role !== undefined && roleAllows(role, 'operator')
                  ? null
                  : policiesText.needsOperator
              }
              onClick={migrate}
            >
              {fixText.migrate(moves.length)}
            </Button>
          )}
        </>
      }
    >
      {trouble !== null && <FormError message={refusalFrom(trouble).message} />}
      {fix.isPending ? (
        <p role="status" className="flex items-center gap-2 text-n10 text-sm">
          <Spinner /> {fixText.looking}
        </p>
      ) : (
        fix.data !== undefined && <FixBody fix={fix.data} fleet={fleet} />
      )}
    </Dialog>
  )
}

/** A fix in words, and its moves one a line; the editor shows the same. */
export function FixBody({ fix, fleet }: { fix: Fix; fleet: FleetIndex | undefined }) {
  return (
    <div className="flex flex-col gap-2 text-sm">
      {fix.sentence !== '' && <p className="text-n11">{fix.sentence}</p>}
      {fix.outcome === 'moves' && (
        <ol aria-label={fixText.moves} className="border-t">
          {fix.moves.map((move) => (
            <MoveLine key={move.domainId} move={move} fleet={fleet} />
          ))}
        </ol>
      )}
    </div>
  )
}

function MoveLine({ move, fleet }: { move: ProposedMove; fleet: FleetIndex | undefined }) {
  const domain = fleet?.domains.get(move.domainId)
  const source = domain === undefined ? undefined : fleet?.hosts.get(domain.hostId)
  const destination = fleet?.hosts.get(move.destinationHostId)
  return (
    <li className="flex flex-wrap items-center gap-x-2 border-b py-1 last:border-b-0">
      <span className="font-medium text-n12">{domain?.name ?? fixText.unknownDomain}</span>
      <span className="ml-auto text-n10">{source?.name ?? fixText.unknownHost}</span>
      <ArrowRight aria-hidden size={13} className="text-n9" />
      <span className="text-n12">{destination?.name ?? fixText.unknownHost}</span>
    </li>
  )
}

function tell(outcomes: readonly MoveOutcome[], fleet: FleetIndex | undefined): void {
  const refused = outcomes.filter((outcome) => outcome.outcome === 'refused')
  const accepted = outcomes.length - refused.length
  if (accepted > 0) showToast({ tone: 'ok', title: fixText.started(accepted) })
  if (refused.length === 0) return
  showToast({
    tone: 'critical',
    title: fixText.refusedSome(refused.length),
    lines: refused.map(({ domainId, refusals }) =>
      fixText.refusedLine(
        fleet?.domains.get(domainId)?.name ?? fixText.unknownDomain,
        refusals.map(({ message }) => message).join(' '),
      ),
    ),
    about: refused.map(({ domainId }) => domainId),
  })
}
