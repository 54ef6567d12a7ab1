import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type EndpointName, endpoints } from '@drover/api-schema/endpoints.ts'
import { type ErrorBody, type Refusal, refusal, statusOf } from '@drover/api-schema/errors.ts'
import { err, invariant, ok, type Result } from '@drover/api-schema/result.ts'
import { type Role, roleAllows } from '@drover/api-schema/user.ts'
import type { z } from 'zod'
import { readJson } from './http/body.ts'
import type { ClientAddress } from './http/client-address.ts'
import { setApiHeaders } from './http/headers.ts'
import { invalidRequest } from './http/invalid-request.ts'
import { matchRoute } from './http/router.ts'
import type { OriginCheck } from './http/same-origin.ts'
import type { Log } from './log.ts'
import type { AnyHandler, Handlers } from './routes/handler.ts'
import type { Session } from './session-cache.ts'

export type ApiPorts = {
  readonly handlers: Handlers
  readonly session: (cookieHeader: string | undefined) => Promise<Session | null>
  readonly origins: OriginCheck
  readonly clientAddress: ClientAddress
  /** Tells "the database is away" (503, try again) from a bug (500). */
  readonly isDatabaseGone: (error: unknown) => boolean
  readonly log: Log
  /** Tests also check every answer against the contract. */
  readonly checkAnswers?: boolean
}

export type ServeApi = (request: IncomingMessage, response: ServerResponse) => Promise<void>

type Exchange = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly url: URL
}

/**
 * Everything below `/api/v1`. The order matters: what is asked for, whether it comes from our pages, who asks, whether
 * they may, and only then what they sent.
 */
export function createApi(ports: ApiPorts): ServeApi {
  return async (request, response) => {
    const requestId = randomUUID()
    setApiHeaders(response, requestId)
    const exchange = {
      request,
      response,
      requestId,
      url: new URL(request.url ?? '/', 'http://console'),
    }
    try {
      const refused = await serve(ports, exchange)
      if (refused !== null) answerRefusal(exchange, refused)
    } catch (error) {
      const isGone = ports.isDatabaseGone(error)
      const { method, url } = request
      ports.log[isGone ? 'warn' : 'error']('A request failed.', {
        requestId,
        method,
        path: url?.split('?')[0],
        error,
      })
      if (response.headersSent) response.destroy()
      else answerRefusal(exchange, isGone ? databaseGone : refusal('internal'))
    }
  }
}

const databaseGone = refusal(
  'unavailable',
  'The console cannot reach its database at the moment. Try again shortly.',
)

async function serve(ports: ApiPorts, exchange: Exchange): Promise<Refusal | null> {
  const { request, response, url } = exchange
  const method = request.method ?? 'GET'
  const match = matchRoute(method, url.pathname)
  if (match.kind === 'unknown')
    return refusal('not-found', 'There is no such address in this interface.')
  if (match.kind === 'other-method') {
    response.setHeader('Allow', match.allowed.join(', '))
    if (method !== 'OPTIONS') return refusal('method-not-allowed')
    response.writeHead(204).end()
    return null
  }
  const isSafe = method === 'GET' || method === 'HEAD'
  const forged = isSafe ? null : ports.origins.refuse(request)
  if (forged !== null) return forged
  const endpoint = endpoints[match.name]
  const caller =
    endpoint.access === 'anonymous' ? null : await ports.session(request.headers.cookie)
  const denied = endpoint.access === 'anonymous' ? null : refuseCaller(caller, endpoint.access)
  if (denied !== null) return denied
  const input = await parseInput(match.name, match.params, exchange)
  if (!input.ok) return input.error
  // The table ties a name to its handler and its schemas; TypeScript cannot follow that through a variable name.
  const handler = ports.handlers[match.name] as AnyHandler
  const answer = await handler({
    ...input.value,
    caller,
    request: {
      requestId: exchange.requestId,
      address: ports.clientAddress(request),
      userAgent: request.headers['user-agent'] ?? '',
      cookieHeader: request.headers.cookie,
    },
    setCookies: (cookies) => response.setHeader('Set-Cookie', [...cookies]),
  })
  if (!answer.ok) return answer.error
  if (ports.checkAnswers) checkAnswer(match.name, answer.value)
  answerValue(exchange, answer.value)
  return null
}

function refuseCaller(caller: Session | null, needed: Role): Refusal | null {
  if (caller === null) return refusal('not-signed-in')
  if (roleAllows(caller.user.role, needed)) return null
  return refusal('forbidden', `This needs the role ${needed}; you are ${caller.user.role}.`)
}

type Input = { params: unknown; query: unknown; body: unknown }

async function parseInput(
  name: EndpointName,
  rawParams: Record<string, string>,
  { request, url }: Exchange,
): Promise<Result<Input, Refusal>> {
  const endpoint = endpoints[name]
  const params = parse(endpoint.params, rawParams, 'path')
  if (!params.ok) return params
  const query = parse(endpoint.query, Object.fromEntries(url.searchParams), 'query')
  if (!query.ok) return query
  if (endpoint.body === null)
    return ok({ params: params.value, query: query.value, body: undefined })
  const json = await readJson(request)
  if (!json.ok) return json
  const body = parse(endpoint.body, json.value, 'body')
  if (!body.ok) return body
  return ok({ params: params.value, query: query.value, body: body.value })
}

function parse(
  schema: z.ZodType,
  value: unknown,
  where: 'path' | 'query' | 'body',
): Result<unknown, Refusal> {
  // With what came in, to tell what is missing from what is wrong; it is not repeated to anybody.
  const parsed = schema.safeParse(value, { reportInput: true })
  return parsed.success ? ok(parsed.data) : err(invalidRequest(where, parsed.error.issues))
}

function checkAnswer(name: EndpointName, value: unknown): void {
  const schema = endpoints[name].response
  if (schema === null) return invariant(value === undefined, `${name} answers nothing`)
  const parsed = schema.safeParse(value)
  invariant(parsed.success, `${name} answers as the contract says: ${parsed.error?.message}`)
}

function answerValue({ request, response }: Exchange, value: unknown): void {
  if (value === undefined) {
    response.writeHead(204).end()
    return
  }
  sendJson(request, response, 200, value)
}

function answerRefusal({ request, response, requestId }: Exchange, refused: Refusal): void {
  if (refused.code === 'too-many-attempts') response.setHeader('Retry-After', '60')
  // What is left of the body is not read: the connection cannot be used again.
  if (!request.complete) response.setHeader('Connection', 'close')
  sendJson(request, response, statusOf(refused.code), {
    error: refused,
    requestId,
  } satisfies ErrorBody)
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
): void {
  const body = Buffer.from(JSON.stringify(value), 'utf8')
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.byteLength,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
