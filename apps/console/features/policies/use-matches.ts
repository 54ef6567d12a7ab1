'use client'
import type { PolicyRuleId } from '@drover/api-schema/ids.ts'
import type { PolicyRule } from '@drover/api-schema/policy.ts'
import { useEffect, useMemo, useState } from 'react'
import { useClient } from '../../client/provider.tsx'
import { queries } from '../../client/queries.ts'
import { type Matches, matchesOf } from './rule-view.ts'

/** Two hundred rules on thousands of domains take tens of milliseconds, and a busy fleet changes many times a second. */
const recountMs = 5_000

/** What the selectors of the rules match now, counted again every few seconds and whenever the rules change. */
export function useMatches(rules: readonly PolicyRule[]): ReadonlyMap<PolicyRuleId, Matches> {
  const { queryClient } = useClient()
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), recountMs)
    return () => clearInterval(timer)
  }, [])
  return useMemo(() => {
    void turn // the fleet is read at its turn, not at each of its patches
    const fleet = queryClient.getQueryData(queries.fleet().queryKey)
    const hosts = new Map(fleet?.hosts.map((host) => [host.hostId, host]))
    return matchesOf(rules, hosts, fleet?.domains ?? [])
  }, [rules, queryClient, turn])
}
