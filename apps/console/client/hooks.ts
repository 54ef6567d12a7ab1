'use client'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId, MigrationId } from '@drover/api-schema/ids.ts'
import type { MigrationProgress } from '@drover/api-schema/migration.ts'
import type { Metric } from '@drover/api-schema/telemetry.ts'
import { useQuery } from '@tanstack/react-query'
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { commonText } from '../lib/text/common.ts'
import { refusalFrom } from './api.ts'
import type { LiveState } from './live.ts'
import type { SampleOf, SeriesView } from './live-samples.ts'
import { useClient } from './provider.tsx'
import { queries, useDomain } from './queries.ts'

const connecting: LiveState = { status: 'connecting' }

/** Whether the picture on screen is live, and since when it is not. */
export function useLiveState(): LiveState {
  const { live } = useClient()
  return useSyncExternalStore(
    useCallback((listener) => live.listen(listener), [live]),
    () => live.state,
    () => connecting,
  )
}

/** As much of a query as tells whether it can be read. */
type Read = {
  readonly isPending: boolean
  readonly error: Error | null
  readonly failureReason: Error | null
}

/**
 * Why something cannot be read from the console, null while it can or may still come. It says so after the first failure
 * and as soon as the database is known to be away, not only when all tries are used up; what was read before stays.
 */
export function useReadTrouble(read: Read): Refusal | null {
  const isDatabaseAway = useQuery(queries.health()).data?.status === 'degraded'
  const failure = read.error ?? (read.isPending ? read.failureReason : null)
  if (failure !== null) return refusalFrom(failure)
  return read.isPending && isDatabaseAway ? refusal('unavailable', commonText.databaseAway) : null
}

/** Reads again what had failed once the database is back. */
export function useRereadWhenBack(): void {
  const { queryClient } = useClient()
  const status = useQuery(queries.health()).data?.status
  useEffect(() => {
    if (status !== 'ok') return
    const hasFailed = ({ state }: { state: { status: string; fetchFailureCount: number } }) =>
      state.status === 'error' || state.fetchFailureCount > 0
    void queryClient.refetchQueries({ type: 'active', predicate: hasFailed })
  }, [queryClient, status])
}

/** The console's clock, renewed every `everyMs`, for ages. */
export function useNow(everyMs = 1000): number {
  const { live } = useClient()
  const [now, setNow] = useState(() => live.consoleNow())
  useEffect(() => {
    const timer = setInterval(() => setNow(live.consoleNow()), everyMs)
    return () => clearInterval(timer)
  }, [live, everyMs])
  return now
}

/** Asks for the readings of these hosts while mounted. Pass a stable array. */
export function useLook(hostIds: readonly HostId[]): void {
  const { samples } = useClient()
  useEffect(() => samples.look(hostIds), [samples, hostIds])
}

/**
 * For how long the host has sent no reading, in whole seconds as ms; null while its readings are news. The look is the
 * caller's (`useLook`). The console calls a host stale only after missed heartbeats; this shows within seconds.
 */
export function useHostSilence(hostId: HostId): number | null {
  const { samples } = useClient()
  return useSyncExternalStore(
    useCallback((listener) => samples.silence.listen(hostId, listener), [samples, hostId]),
    () => samples.silence.silentMs(hostId),
    () => null,
  )
}

/** Whether its readings are old, for what need not know how old. */
export function useIsHostSilent(hostId: HostId): boolean {
  const { samples } = useClient()
  return useSyncExternalStore(
    useCallback((listener) => samples.silence.listen(hostId, listener), [samples, hostId]),
    () => samples.silence.silentMs(hostId) !== null,
    () => false,
  )
}

/**
 * Calls `paint` now and whenever there are new readings of the host, at most once a second: for values that are
 * written into the page by hand. The subscription is `useLook`'s.
 */
export function useHostPaint(hostId: HostId, paint: () => void): void {
  const { samples } = useClient()
  const latest = useRef(paint)
  useLayoutEffect(() => {
    latest.current = paint
    paint()
  })
  useEffect(() => samples.listen(hostId, () => latest.current()), [samples, hostId])
}

const emptyView: SeriesView = { ring: undefined, version: 0 }

/** The readings of a host, live, with the last ten minutes from the server in front. Renders once a second. */
export function useHostSamples(hostId: HostId): SeriesView {
  const { samples } = useClient()
  useEffect(() => samples.look([hostId]), [samples, hostId])
  const history = useQuery(queries.hostSamples(hostId)).data
  useEffect(() => {
    if (history !== undefined) samples.addHostHistory(hostId, history)
  }, [samples, hostId, history])
  return useSyncExternalStore(
    useCallback((listener) => samples.listen(hostId, listener), [samples, hostId]),
    () => samples.hostView(hostId),
    () => emptyView,
  )
}

const nowhere = '' as HostId // listened to while the domain is not known; no host has this id
const noHosts: readonly HostId[] = []

/** The readings of a domain, on whichever host it runs. */
export function useDomainSamples(domainId: DomainId): SeriesView {
  const { samples } = useClient()
  const hostId = useDomain(domainId)?.hostId
  useEffect(() => samples.look(hostId === undefined ? noHosts : [hostId]), [samples, hostId])
  const history = useQuery(queries.domainSamples(domainId)).data
  useEffect(() => {
    samples.watchDomain(domainId)
    if (history !== undefined && hostId !== undefined)
      samples.addDomainHistory(domainId, hostId, history)
    // Adding it again after a move to another host changes nothing: what is older than the ring is there already.
  }, [samples, domainId, history, hostId])
  return useSyncExternalStore(
    useCallback((listener) => samples.listen(hostId ?? nowhere, listener), [samples, hostId]),
    () => samples.domainView(domainId),
    () => emptyView,
  )
}

/**
 * The newest reading of one metric, null while unknown or old; renders when it changes, at most once a second. The look is
 * the caller's (`useLook`).
 */
export function useLatest(of: SampleOf, metric: Metric): number | null {
  const { samples } = useClient()
  const { hostId } = of
  return useSyncExternalStore(
    useCallback(
      (listener) => {
        const stop = samples.listen(hostId, listener)
        const stopSilence = samples.silence.listen(hostId, listener)
        return () => {
          stop()
          stopSilence()
        }
      },
      [samples, hostId],
    ),
    () => samples.latest(of, metric),
    () => null,
  )
}

/** Where a running copy is, several times a second; undefined until the first word of it. */
export function useMigrationProgress(migrationId: MigrationId): MigrationProgress | undefined {
  const { progress } = useClient()
  return useSyncExternalStore(
    useCallback((listener) => progress.listen(migrationId, listener), [progress, migrationId]),
    () => progress.get(migrationId),
    () => undefined,
  )
}
