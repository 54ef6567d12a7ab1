import type { IncomingMessage } from 'node:http'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'

/** What a program that is no browser sends with every unsafe method. */
export const ourHeader = { name: 'x-drover', value: '1' } as const

const headerMissing = refusal(
  'cross-origin',
  `Send the header "${ourHeader.name}: ${ourHeader.value}". Without it a request that changes something may come from the page of another site.`,
)

/**
 * Whether a request comes from our own pages. Browsers say where a request comes from and cannot be made to lie:
 * `Origin` with every unsafe method and every socket, `Sec-Fetch-Site` with everything. Ours is the public address, or
 * the very host the request went to (the console may be reached by several names).
 */
export function createOriginCheck(publicOrigin: () => string) {
  const isOurs = (request: IncomingMessage, origin: string): boolean => {
    if (origin === publicOrigin()) return true
    const { host } = request.headers
    return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
  }

  return {
    /** For sockets: a browser always sends an Origin there. */
    isSameOrigin(request: IncomingMessage): boolean {
      const { origin } = request.headers
      return origin !== undefined && isOurs(request, origin)
    },

    /**
     * For unsafe methods. No form can send JSON or a header of our own, and a script of another site may not without our
     * leave, which nobody gets. Clients that are no browsers send neither Origin nor Sec-Fetch-Site: for them the header.
     */
    refuse(request: IncomingMessage): Refusal | null {
      const { origin } = request.headers
      const site = request.headers['sec-fetch-site']
      if (origin !== undefined && !isOurs(request, origin)) return refusal('cross-origin')
      if (site !== undefined && site !== 'same-origin') return refusal('cross-origin')
      if (request.headers[ourHeader.name] === ourHeader.value) return null
      const comesFromBrowser = origin !== undefined || site !== undefined
      return comesFromBrowser && isJson(request) ? null : headerMissing
    },
  }
}
export type OriginCheck = ReturnType<typeof createOriginCheck>

export function isJson(request: IncomingMessage): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')
}
