'use client'
import type { HostId } from '@drover/api-schema/ids.ts'
import { useEffect, useMemo, useState } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import { useLook } from '../../client/hooks.ts'
import { useStore } from '../../lib/store.ts'
import { type ArrangedGroup, arrangeBoard } from './arrange.ts'
import type { BoardStores } from './board-context.ts'
import type { BoardView } from './board-view.ts'
import type { Readings } from './loads.ts'

/** An order by load is renewed this often: cards that change places all the time cannot be read. */
const reorderMs = 10_000
/** The first order waits for the first readings. */
const firstOrderMs = 1500
const noHosts: readonly HostId[] = []

/** What is shown, in order. Orders by load follow the readings slowly, and not while something is carried. */
export function useArranged(
  fleet: FleetIndex,
  view: BoardView,
  readings: Readings,
  stores: BoardStores,
): ArrangedGroup[] {
  const { query, sort, group } = view
  const isByLoad = sort === 'cpu' || sort === 'network'
  const isCarrying = useStore(stores.drag, (drag) => drag !== null)
  const [turn, setTurn] = useState(0)
  const allHosts = useMemo(() => fleet.fleet.hosts.map(({ hostId }) => hostId), [fleet.fleet.hosts])
  useLook(isByLoad ? allHosts : noHosts)
  useEffect(() => {
    if (!isByLoad || isCarrying) return
    const next = () => setTurn((before) => before + 1)
    const first = setTimeout(next, firstOrderMs)
    const timer = setInterval(next, reorderMs)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [isByLoad, isCarrying])
  return useMemo(() => {
    void turn // the readings are not React's; their turn is
    return arrangeBoard(fleet, { query, sort, group }, readings)
  }, [fleet, query, sort, group, readings, turn])
}
