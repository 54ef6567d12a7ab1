'use client'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { useEffect, useMemo, useRef } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useLook } from '../../client/hooks.ts'
import { afterFrame } from '../../lib/after-frame.ts'
import { formatSize } from '../../lib/format.ts'
import { useStore } from '../../lib/store.ts'
import { boardText } from '../../lib/text/board.ts'
import { announce } from '../../ui/announcer.tsx'
import { holdToasts, retractRefusals } from '../../ui/toast.tsx'
import type { BoardStores, Drag, DragOrigin } from './board-context.ts'
import { afterText, verdictAt } from './board-drag.tsx'
import { type HostVerdict, inOrder, obstaclesOf, reasonsOf, verdictsFor } from './host-verdict.ts'
import type { Readings } from './loads.ts'
import { namesOf } from './names.ts'
import { rulesOn } from './rules-on-fleet.ts'
import { changeSelection } from './selection.ts'
import { useMigrate } from './use-migrate.ts'

const shortListLength = 3
/** Of two hundred hosts only the freest matter, and asking for the readings of all would cost the pick-up a frame. */
const candidateCount = 12
/** The readings of the candidates are here by now, and the short list does not take a drop yet. */
const settleMs = 250
const noHosts: readonly HostId[] = []
/** Only what has changed since is laid out anew. */
const prepareMs = 2000
const renewMs = 1100
/** A pointer crosses many hosts; only where it rests is said. */
const announceAfterMs = 150

type Input = { fleet: FleetIndex; readings: Readings; stores: BoardStores }

/** What happens between picking up and dropping: verdicts, announcements, and the request at the end. */
export function useCarry({ fleet, readings, stores }: Input) {
  const migrate = useMigrate(stores)
  const latest = useRef(fleet)
  latest.current = fleet
  const isCarrying = useStore(stores.drag, (drag) => drag !== null)
  useLook(useStore(stores.drag, (drag) => drag?.candidates ?? noHosts))

  // Laid out beforehand, so that a pick-up finds the rules ready.
  const hasRules = fleet.fleet.policies.rules.length > 0
  useEffect(() => {
    if (isCarrying || !hasRules) return
    const timer = setInterval(() => rulesOn(latest.current, readings), prepareMs)
    return () => clearInterval(timer)
  }, [isCarrying, hasRules, readings])

  // The fleet goes on changing under a drag: memory fills, hosts go. The verdicts follow, once a second.
  useEffect(() => {
    if (!isCarrying) return
    // Nothing covers a place to drop, and what happened meanwhile is told afterwards.
    holdToasts(true)
    retractRefusals('all')
    const first = setTimeout(() => {
      renew(stores, latest.current, readings)
      const drag = stores.drag.get()
      if (drag !== null) stores.drag.set({ ...drag, best: shortList(drag.verdicts) })
    }, settleMs)
    const timer = setInterval(() => renew(stores, latest.current, readings), renewMs)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
      holdToasts(false)
    }
  }, [isCarrying, readings, stores])

  return useMemo(() => {
    let pending: ReturnType<typeof setTimeout> | undefined
    let cancelAnswers = () => {}
    // Where it was picked up it is anyway: that must not drown what was said at the pick-up.
    let hasLeft = false
    const say = (sentence: string, delayMs = 0) => {
      clearTimeout(pending)
      if (delayMs === 0) announce(sentence)
      else pending = setTimeout(() => announce(sentence), delayMs)
    }
    return {
      pickUp: (domainId: DomainId, origin: DragOrigin | null) => {
        hasLeft = false
        stores.target.set(null)
        if (!takeInHand({ fleet: latest.current, stores }, domainId, origin)) return
        cancelAnswers()
        cancelAnswers = afterFrame(() => {
          const drag = answerDrag({ fleet: latest.current, readings, stores })
          if (drag !== null) say(pickUpSentence(drag, latest.current))
        })
      },
      over: (hostId: HostId | null) => {
        const drag = stores.drag.get()
        if (drag === null || hostId === stores.target.get()) return
        stores.target.set(hostId)
        const verdict = verdictAt(drag, hostId)
        hasLeft ||= verdict !== null && verdict.kind !== 'source'
        if (hasLeft) say(overSentence(verdict), announceAfterMs)
      },
      drop: () => {
        renew(stores, latest.current, readings)
        const drag = stores.drag.get()
        const verdict = verdictAt(drag, stores.target.get())
        stores.drag.set(null)
        stores.target.set(null)
        if (drag === null) return
        clearTimeout(pending)
        if (verdict === null || verdict.kind === 'source')
          announce(boardText.putBack(namesOf(drag.domains)))
        else migrate(drag.domains, verdict)
      },
      putBack: () => {
        const drag = stores.drag.get()
        stores.drag.set(null)
        stores.target.set(null)
        if (drag !== null) say(boardText.putBack(namesOf(drag.domains)))
      },
      migrate,
    }
  }, [migrate, readings, stores])
}

/** The card is in the hand; what the hosts say to it comes with the next frame, so that the pick-up is at once. */
function takeInHand(
  { fleet, stores }: Omit<Input, 'readings'>,
  domainId: DomainId,
  origin: DragOrigin | null,
): boolean {
  const { ids } = stores.selection.get()
  if (!ids.has(domainId))
    stores.selection.set(changeSelection(stores.selection.get(), { kind: 'only', id: domainId }))
  const domains = [...stores.selection.get().ids].flatMap((id) => fleet.domains.get(id) ?? [])
  if (domains.length === 0) return false
  const inHand = new Set(domains.map((domain) => domain.domainId))
  stores.drag.set({
    domains,
    ids: inHand,
    verdicts: new Map(),
    obstacles: [],
    best: null,
    candidates: [],
    origin,
  })
  return true
}

function answerDrag({ fleet, readings, stores }: Input): Drag | null {
  const drag = stores.drag.get()
  if (drag === null) return null
  const verdicts = verdictsFor({ domains: drag.domains, fleet, readings, isHurried: true })
  const able = ranked(verdicts)
  const answered = {
    ...drag,
    verdicts,
    obstacles: obstaclesOf(verdicts),
    best: able.slice(0, shortListLength),
    candidates: able.slice(0, candidateCount).map(({ host }) => host.hostId),
  }
  stores.drag.set(answered)
  return answered
}

function ranked(verdicts: ReadonlyMap<HostId, HostVerdict>): HostVerdict[] {
  return inOrder(verdicts.values()).filter(({ rank }) => rank !== null)
}

function shortList(verdicts: ReadonlyMap<HostId, HostVerdict>): HostVerdict[] {
  return ranked(verdicts).slice(0, shortListLength)
}

function renew(stores: BoardStores, fleet: FleetIndex, readings: Readings): void {
  const drag = stores.drag.get()
  if (drag === null) return
  const domains = drag.domains.flatMap(({ domainId }) => fleet.domains.get(domainId) ?? [])
  const verdicts = verdictsFor({ domains, fleet, readings })
  const best = drag.best?.filter(({ host }) => verdicts.get(host.hostId)?.rank != null) ?? null
  const obstacles = obstaclesOf(verdicts)
  stores.drag.set({ ...drag, domains, verdicts, obstacles, best })
  const news = obstacles.filter((sentence) => !drag.obstacles.includes(sentence))
  if (news.length > 0) announce(news.join(' '))
}

function pickUpSentence({ domains, verdicts, obstacles, best }: Drag, fleet: FleetIndex): string {
  const sources = [
    ...new Set(domains.map(({ hostId }) => fleet.hosts.get(hostId)?.name ?? '')),
  ].join(', ')
  const able = [...verdicts.values()].filter(({ rank }) => rank !== null)
  return boardText.pickedUp(namesOf(domains), sources, {
    able: able.length,
    warned: able.filter(({ kind }) => kind === 'warning').length,
    best: best?.[0]?.host.name ?? null,
    obstacles: obstacles.join(' '),
  })
}

function overSentence(verdict: HostVerdict | null): string {
  if (verdict === null) return boardText.overNothing
  const { host } = verdict
  switch (verdict.kind) {
    case 'source':
      return boardText.overSource(host.name)
    case 'refused':
      return boardText.overRefused(host.name, reasonsOf(verdict).join(' '))
    case 'warning':
      return boardText.overWarning(host.name, verdict.warnings.join(' '))
    case 'allowed':
      return boardText.overAllowed(host.name, formatSize(host.memFreeBytes), afterText(verdict.cpu))
  }
}
