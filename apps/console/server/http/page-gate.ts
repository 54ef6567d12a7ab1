import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../log.ts'
import type { Session } from '../session-cache.ts'

export type ServePage = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** What anybody may load: the two pages before a session exists, and files that hold no data. */
const publicPaths = ['/sign-in', '/setup']
const publicPrefixes = ['/_next/', '/sign-in/', '/setup/']
const publicFiles = /^\/(favicon\.ico|icon[^/]*|apple-icon[^/]*|manifest\.webmanifest|robots\.txt)$/

export function isPublicPage(pathname: string): boolean {
  return (
    publicPaths.includes(pathname) ||
    publicPrefixes.some((prefix) => pathname.startsWith(prefix)) ||
    publicFiles.test(pathname)
  )
}

/** Pages are for people who are signed in; everybody else is sent to the sign-in page and back. */
export function createPageGate(ports: {
  readonly session: (cookieHeader: string | undefined) => Promise<Session | null>
  readonly servePage: ServePage
  readonly log: Log
}): ServePage {
  return async (request, response) => {
    const target = request.url ?? '/'
    const pathname = target.split('?', 1)[0] ?? '/'
    if (!isPublicPage(pathname) && !(await isSignedIn(ports, request))) {
      const next = target === '/' ? '' : `?next=${encodeURIComponent(target)}`
      response.writeHead(307, { Location: `/sign-in${next}`, 'Cache-Control': 'no-store' }).end()
      return
    }
    await ports.servePage(request, response)
  }
}

async function isSignedIn(
  ports: Parameters<typeof createPageGate>[0],
  request: IncomingMessage,
): Promise<boolean> {
  try {
    return (await ports.session(request.headers.cookie)) !== null
  } catch (error) {
    // Pages hold no data, and a good session should see "the console cannot reach its database", not a sign-in form
    // that cannot work either.
    ports.log.warn('A session could not be looked up.', { error })
    return true
  }
}
