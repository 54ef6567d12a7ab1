'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { MoveOutcome } from '@drover/api-schema/endpoints.ts'
import type { DomainId } from '@drover/api-schema/ids.ts'
import { useCallback } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useCreateMigrations } from '../../client/mutations.ts'
import { boardText } from '../../lib/text/board.ts'
import { randomUuid } from '../../lib/uuid.ts'
import { announce } from '../../ui/announcer.tsx'
import { showToast } from '../../ui/toast.tsx'
import type { BoardStores } from './board-context.ts'
import type { HostVerdict } from './host-verdict.ts'
import { namesOf } from './names.ts'

/**
 * Sends domains to a host: the drop and the menu both come here. A refusal sends nothing and says why; otherwise
 * nothing is asked, nothing moves on the screen, and the fact that comes back moves the card.
 */
export function useMigrate(stores: BoardStores) {
  const { mutate } = useCreateMigrations()
  return useCallback(
    (domains: readonly Domain[], verdict: HostVerdict): boolean => {
      const { host } = verdict
      const what = namesOf(domains)
      if (verdict.kind === 'source') return false
      if (verdict.kind === 'refused') {
        refuse(verdict, what)
        return false
      }
      const arriving = domains.filter((domain) => domain.hostId !== host.hostId)
      forgetRefusals(stores, arriving)
      announce(boardText.moving(what, host.name))
      mutate(
        {
          moves: arriving.map(({ domainId }) => ({ domainId, destinationHostId: host.hostId })),
          requestKey: randomUuid(),
        },
        {
          onSuccess: ({ outcomes }) => keepRefusals(stores, arriving, outcomes),
          onError: (error) => {
            const { message } = refusalFrom(error)
            setRefusals(
              stores,
              arriving.map(({ domainId }) => [domainId, message] as const),
            )
            showToast({
              tone: 'critical',
              title: boardText.refusedTitle(what, host.name),
              lines: [message],
            })
            announce(message)
          },
        },
      )
      return true
    },
    [mutate, stores],
  )
}

function refuse(verdict: HostVerdict, what: string): void {
  const lines = verdict.refused.flatMap(({ refusals }) => refusals.map(({ message }) => message))
  showToast({
    tone: 'critical',
    title: boardText.refusedTitle(what, verdict.host.name),
    lines: [...new Set(lines)],
  })
  announce(boardText.overRefused(verdict.host.name, lines.join(' ')))
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
  showToast({ tone: 'critical', title: boardText.refusedSome(refused.length), lines })
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
