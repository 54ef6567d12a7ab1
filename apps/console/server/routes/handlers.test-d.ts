import type { HostId, UserId } from '@drover/api-schema/ids.ts'
import { ok } from '@drover/api-schema/result.ts'
import type { Handler, HandlerInput, Handlers } from './handler.ts'

/** What must not compile. An expectation that is no error (any more) is an error itself. */

declare const all: Handlers
const { signOut: _signOut, ...withoutOne } = all

// @ts-expect-error an endpoint without a handler
export const incomplete: Handlers = withoutOne

// @ts-expect-error another answer than the contract's
export const wrongAnswer: Handler<'getHealth'> = () => ok({ status: 'splendid' })

// @ts-expect-error an answer where there is none
export const tooMuch: Handler<'signOut'> = () => ok({ gone: true })

export function inputs(
  anonymous: HandlerInput<'signIn'>,
  signedIn: HandlerInput<'updateUser'>,
): [string, UserId] {
  // @ts-expect-error nobody is signed in yet
  const nobody = anonymous.caller.user
  // @ts-expect-error a user's id is no host's
  const host: HostId = signedIn.params.userId
  // @ts-expect-error not a role
  const king = signedIn.body.role === 'king'
  return [`${nobody} ${host} ${king}`, signedIn.caller.user.userId]
}
