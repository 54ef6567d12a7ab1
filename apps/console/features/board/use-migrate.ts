'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { useCallback } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { type MigrationTerms, useCreateMigrations } from '../../client/mutations.ts'
import { boardText } from '../../lib/text/board.ts'
import { randomUuid } from '../../lib/uuid.ts'
import { announce } from '../../ui/announcer.tsx'
import { retractRefusals, showToast } from '../../ui/toast.tsx'
import type { BoardStores } from './board-context.ts'
import { type HostVerdict, reasonsOf } from './host-verdict.ts'
import { namesOf } from './names.ts'
import { useUndo } from './use-undo.ts'

/**
 * Sends domains to a host: the drop and the menu both come here, the menu with what else was asked for. A refusal sends nothing and says why; otherwise
 * nothing is asked, nothing moves on the screen, and the fact that comes back moves the card.
 */
export function useMigrate(stores: BoardStores) {
  const { mutateAsync } = useCreateMigrations()
  const send = useCallback(
    async (domains: readonly Domain[], host: Host, terms: MigrationTerms = {}) => {
      forgetRefusals(stores, domains)
      retractRefusals(domains.map(({ domainId }) => domainId))
      announce(boardText.moving(namesOf(domains), host.name))
      const moves = domains.map(({ domainId }) => ({ domainId, destinationHostId: host.hostId }))
      try {
        const { outcomes } = await mutateAsync({ moves, terms, requestKey: randomUuid() })
        keepRefusals(stores, domains, outcomes)
        return outcomes.flatMap((outcome) =>
          outcome.outcome === 'accepted' ? [outcome.migration] : [],
        )
      } catch (error) {
        refuseAll(stores, domains, { host, message: refusalFrom(error).message })
        return []
      }
    },
    [mutateAsync, stores],
  )
  const offerUndo = useUndo(send)
  return useCallback(
    (domains: readonly Domain[], verdict: HostVerdict, terms?: MigrationTerms): boolean => {
      const { host } = verdict
      if (verdict.kind === 'source') return false
      if (verdict.kind === 'refused') {
        refuse(domains, verdict)
        return false
      }
      const arriving = domains.filter((domain) => domain.hostId !== host.hostId)
      void send(arriving, host, terms).then(offerUndo)
      return true
    },
    [send, offerUndo],
  )
}

function refuse(domains: readonly Domain[], verdict: HostVerdict): void {
  const { host } = verdict
  const lines = reasonsOf(verdict)
  showToast({
    tone: 'critical',
    title: boardText.refusedTitle(namesOf(domains), host.name, domains.length),
    lines,
    about: domains.map(({ domainId }) => domainId),
  })
  announce(boardText.overRefused(host.name, lines.join(' ')))
}

/** The request as a whole did not get through. */
function refuseAll(
  stores: BoardStores,
  domains: readonly Domain[],
  { host, message }: { readonly host: Host; readonly message: string },
): void {
  const about = domains.map(({ domainId }) => domainId)
  setRefusals(
    stores,
    about.map((domainId) => [domainId, message] as const),
  )
  showToast({
    tone: 'critical',
    title: boardText.refusedTitle(namesOf(domains), host.name, domains.length),
    lines: [message],
    about,
  })
  announce(message)
}

/** What the server refused stays on the cards: it may know more than the screen did. */
function keepRefusals(
  stores: BoardStores,
  domains: readonly Domain[],
  outcomes: readonly MoveOutcome[],
): void {
  const refused = outcomes.filter((outcome) => outcome.outcome === 'refused')
  if (refused.length === 0) return
  const nameOf = (domainId: DomainId) =>
    domains.find((domain) => domain.domainId === domainId)?.name ?? domainId
  const lines = refused.map(({ domainId, refusals }) =>
    boardText.refusalLine(nameOf(domainId), refusals.map(({ message }) => message).join(' ')),
  )
  setRefusals(
    stores,
    refused.map(
      ({ domainId, refusals }) =>
        [domainId, refusals.map(({ message }) => message).join(' ')] as const,
    ),
  )
  showToast({
    tone: 'critical',
    title: boardText.refusedSome(refused.length),
    lines,
    about: refused.map(({ domainId }) => domainId),
  })
  announce(lines.join(' '))
}

function setRefusals(stores: BoardStores, entries: readonly (readonly [DomainId, string])[]): void {
  stores.refusals.set(new Map([...stores.refusals.get(), ...entries]))
}

export function forgetRefusals(
  stores: BoardStores,
  domains: readonly { domainId: DomainId }[],
): void {
  const left = new Map(stores.refusals.get())
  let hasChanged = false
  for (const { domainId } of domains) hasChanged = left.delete(domainId) || hasChanged
  if (hasChanged) stores.refusals.set(left)
}
