'use client'
// First, before any schema is made.
import './strict-policy.ts'
import { liveSocketPath } from '@drover/api-schema/live-protocol.ts'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { whenSignedOut } from './api.ts'
import { LiveConnection, type LiveSocket } from './live.ts'
import { LiveSamples } from './live-samples.ts'
import { MigrationProgressStore } from './migration-progress.ts'
import { createQueryClient, queries } from './queries.ts'

/** What the tab holds of the server's truth. */
export type Client = {
  readonly queryClient: QueryClient
  readonly live: LiveConnection
  readonly samples: LiveSamples
  readonly progress: MigrationProgressStore
}

const ClientContext = createContext<Client | null>(null)

export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('useClient needs a ClientProvider above it')
  return client
}

export function createClient(): Client {
  const queryClient = createQueryClient()
  const samples = new LiveSamples({
    now: () => performance.now(),
    isHidden: () => document.hidden,
    requestFrame: (run) => requestAnimationFrame(run),
    wait: (ms, run) => setTimeout(run, ms),
  })
  const progress = new MigrationProgressStore()
  const fleetKey = queries.fleet().queryKey
  const live = new LiveConnection({
    // A browser's WebSocket has the members of LiveSocket; its handlers are typed wider.
    openSocket: () => new WebSocket(liveAddress()) as unknown as LiveSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    wait: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    readFleet: () => queryClient.getQueryData(fleetKey),
    writeFleet: (fleet) => queryClient.setQueryData(fleetKey, fleet),
    samples,
    progress,
  })
  return { queryClient, live, samples, progress }
}

function liveAddress(): string {
  const address = new URL(liveSocketPath, window.location.href)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}

export function ClientProvider({
  client: given,
  children,
}: {
  client?: Client
  children: ReactNode
}) {
  const [client] = useState(() => given ?? createClient())
  return (
    <ClientContext value={client}>
      <QueryClientProvider client={client.queryClient}>{children}</QueryClientProvider>
    </ClientContext>
  )
}

/** Keeps the live socket open while it is mounted: inside the pages that need a session. */
export function LiveProvider({
  onSignedOut,
  children,
}: {
  onSignedOut: () => void
  children: ReactNode
}) {
  const { live, samples } = useClient()
  useEffect(() => {
    whenSignedOut(onSignedOut)
    const stopListening = live.listen(() => live.state.status === 'signed-out' && onSignedOut())
    const onVisible = () => {
      if (document.hidden) return
      samples.resume()
      live.hurry()
    }
    const onOnline = () => live.hurry()
    document.addEventListener('visibilitychange', onVisible)
    window.addEventListener('online', onOnline)
    live.start()
    return () => {
      live.stop()
      stopListening()
      whenSignedOut(() => {})
      document.removeEventListener('visibilitychange', onVisible)
      window.removeEventListener('online', onOnline)
    }
  }, [live, samples, onSignedOut])
  return children
}
