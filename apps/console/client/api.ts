import {
  apiPrefix,
  type EndpointBody,
  type EndpointName,
  type EndpointParams,
  type EndpointQueryInput,
  type EndpointResponse,
  endpoints,
} from '@drover/api-schema/endpoints.ts'
import { errorBodySchema, type Refusal, refusal } from '@drover/api-schema/errors.ts'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { commonText } from '../lib/text/common.ts'

/** The parts of a call that the endpoint has. An endpoint without parameters has `Record<string, never>` for them. */
export type CallInput<N extends EndpointName> = {
  readonly signal?: AbortSignal
} & (string extends keyof EndpointParams<N>
  ? { readonly params?: undefined }
  : { readonly params: EndpointParams<N> }) & {
    readonly query?: EndpointQueryInput<N>
  } & (EndpointBody<N> extends undefined
    ? { readonly body?: undefined }
    : { readonly body: EndpointBody<N> })

type RestOf<N extends EndpointName> =
  Record<never, never> extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>]

/** Called when the server says that there is no session (any more). */
let onSignedOut: () => void = () => {}
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

/** One request to one endpoint: its answer, or a refusal with a code and a sentence. Throws only when aborted. */
export async function call<N extends EndpointName>(
  name: N,
  ...[input]: RestOf<N>
): Promise<Result<EndpointResponse<N>, Refusal>> {
  const endpoint = endpoints[name]
  const { params, query, body, signal } = (input ?? {}) as LooseInput // the generic type above checked the caller
  const response = await send(addressOf(endpoint.path, params, query), {
    method: endpoint.method,
    headers: {
      accept: 'application/json',
      // A form of another site can send neither this nor JSON; commands without a body need it.
      'x-drover': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (!response.ok) return response
  if (!response.value.ok) return err(await refusalOf(response.value))
  // The table pairs each name with its schema, which TypeScript cannot follow through an index.
  if (endpoint.response === null) return ok(undefined as EndpointResponse<N>)
  const parsed = endpoint.response.safeParse(await jsonOf(response.value))
  return parsed.success
    ? ok(parsed.data as EndpointResponse<N>)
    : err(refusal('internal', commonText.notJson))
}

type LooseInput = {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

function addressOf(path: string, params: LooseInput['params'], query: LooseInput['query']): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(params?.[name] ?? ''),
  )
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(key, String(value))
  }
  return `${apiPrefix}${filled}${search.size === 0 ? '' : `?${search}`}`
}

async function send(address: string, init: RequestInit): Promise<Result<Response, Refusal>> {
  try {
    return ok(await fetch(address, init))
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    return err(refusal('unavailable', commonText.offline))
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return undefined
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const parsed = errorBodySchema.safeParse(await jsonOf(response))
  if (!parsed.success)
    return refusal(response.status >= 500 ? 'unavailable' : 'internal', commonText.notJson)
  if (parsed.data.error.code === 'not-signed-in') onSignedOut()
  return parsed.data.error
}

/** A refusal as something that can be thrown, for the query library, which knows no results. */
export class RefusalError extends Error {
  readonly refusal: Refusal
  constructor(reason: Refusal) {
    super(reason.message)
    this.name = 'RefusalError'
    this.refusal = reason
  }
}

/** The value, or the refusal thrown. */
export function orThrow<T>(result: Result<T, Refusal>): T {
  if (!result.ok) throw new RefusalError(result.error)
  return result.value
}

/** The refusal inside whatever a query or mutation failed with. */
export function refusalFrom(error: unknown): Refusal {
  return error instanceof RefusalError
    ? error.refusal
    : refusal('internal', commonText.somethingBroke)
}
