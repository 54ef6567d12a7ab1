import type {
  EndpointBody,
  EndpointName,
  EndpointParams,
  EndpointQuery,
  EndpointResponse,
  Endpoints,
} from '@drover/api-schema/endpoints.ts'
import type { Refusal } from '@drover/api-schema/errors.ts'
import type { Result } from '@drover/api-schema/result.ts'
import type { Session } from '../session-cache.ts'

export type RequestFacts = {
  readonly requestId: string
  readonly address: string
  readonly userAgent: string
  readonly cookieHeader: string | undefined
}

type Answer<T> = Result<T, Refusal>

/** What a handler gets: everything parsed, and the caller already found to be allowed. */
export type HandlerInput<N extends EndpointName> = {
  readonly params: EndpointParams<N>
  readonly query: EndpointQuery<N>
  readonly body: EndpointBody<N>
  readonly caller: Endpoints[N]['access'] extends 'anonymous' ? null : Session
  readonly request: RequestFacts
  readonly setCookies: (cookies: readonly string[]) => void
}
export type Handler<N extends EndpointName> = (
  input: HandlerInput<N>,
) => Answer<EndpointResponse<N>> | Promise<Answer<EndpointResponse<N>>>

/** Total: an endpoint without a handler does not compile. */
export type Handlers = { readonly [N in EndpointName]: Handler<N> }

/** A handler when its name is only known at run time. */
export type AnyHandler = (input: {
  params: unknown
  query: unknown
  body: unknown
  caller: Session | null
  request: RequestFacts
  setCookies: (cookies: readonly string[]) => void
}) => Answer<unknown> | Promise<Answer<unknown>>
