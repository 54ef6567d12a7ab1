'use client'
import { useEffect } from 'react'
import type { FleetIndex } from '../../client/fleet-index.ts'
import type { BoardStores } from './board-context.ts'
import { brokenRules } from './broken-rules.ts'

/** Keeps the board's marks in step with the violations: a row renders only when its own mark may have changed. */
export function useBrokenRules({ fleet }: FleetIndex, stores: BoardStores): void {
  const { violations } = fleet
  useEffect(() => stores.broken.set(brokenRules(violations)), [stores, violations])
}
