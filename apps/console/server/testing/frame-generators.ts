import {
  domainId,
  hostId,
  migrationId,
  someDomainFacts,
  uuid,
} from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { hostFactsOf, rosterFrame, someBatch, someHello } from './test-agent.ts'

/** Frames as a broken or hostile peer might send them: good ones with something wrong in them, and plain rubbish. */

const hello = someHello(1)
const goodAgentFrames: object[] = [
  hello,
  { type: 'heartbeat' },
  rosterFrame(1, [domainId(1), domainId(2)]),
  {
    type: 'inventory-reported',
    seq: 1,
    host: hostFactsOf(hello),
    domains: [someDomainFacts()],
    migrations: [],
  },
  { type: 'host-changed', seq: 2, host: hostFactsOf(hello) },
  { type: 'domain-changed', seq: 2, domain: someDomainFacts() },
  { type: 'domain-removed', seq: 2, domainId: domainId(1), generation: 0 },
  { type: 'command-answered', seq: 2, commandId: 'c-1', result: { kind: 'done' } },
  {
    type: 'migration-reported',
    seq: 2,
    report: {
      role: 'destination',
      migrationId: migrationId(1),
      domainId: domainId(1),
      generation: 1,
      state: { status: 'reserved' },
    },
  },
]
const goodLiveFrames: object[] = [
  { type: 'hello', versions: [1] },
  { type: 'heartbeat' },
  { type: 'resync' },
  { type: 'subscribe-samples', hostIds: [hostId(1), hostId(2)] },
]

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    -1,
    1e308,
    2 ** 53,
    0.5,
    '',
    '__proto__',
    uuid(7),
    null,
    [],
    {},
    'x'.repeat(5000),
  ),
)

/** Replaces, removes or adds something somewhere in `value`. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  if (typeof value !== 'object' || value === null || path.length === 0) return replacement
  const keys = Object.keys(value)
  const [step = 0, ...rest] = path
  const key = keys[step % (keys.length + 1)]
  if (key === undefined)
    return Array.isArray(value) ? [...value, replacement] : { ...value, extra: replacement }
  const inner = mutate((value as Record<string, unknown>)[key], rest, replacement) // an object by the test above
  if (Array.isArray(value)) return value.with(Number(key), inner)
  if (replacement === undefined && rest.length === 0)
    return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  return { ...value, [key]: inner }
}

function textFrames(good: readonly object[]): fc.Arbitrary<string> {
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
      fc.option(junk, { nil: undefined }),
    )
    .map(([frame, path, replacement]) => JSON.stringify(mutate(frame, path, replacement)) ?? '')
  const cut = fc
    .tuple(fc.constantFrom(...good), fc.nat(2000))
    .map(([frame, length]) => JSON.stringify(frame).slice(0, length))
  return fc.oneof(
    { weight: 6, arbitrary: mutated },
    { weight: 2, arbitrary: cut },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  )
}

export const agentTextFrames = textFrames(goodAgentFrames)
export const liveTextFrames = textFrames(goodLiveFrames)

const goodBatches = [
  someBatch(1, 2, Date.UTC(2026, 0, 1)),
  someBatch(1, 0, Date.UTC(2026, 0, 1)),
  someBatch(2, 40, Date.UTC(2030, 0, 1)),
]
const flipped = fc
  .tuple(
    fc.constantFrom(...goodBatches),
    fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 6 }),
  )
  .map(([batch, flips]) => {
    const bytes = Uint8Array.from(batch)
    // The header is where a wrong byte matters most, so half of the flips go there.
    for (const [index, [at, value]] of flips.entries())
      bytes[(index % 2 === 0 ? at % 16 : at) % bytes.length] = value
    return bytes
  })
const resized = fc.tuple(fc.constantFrom(...goodBatches), fc.nat(800)).map(([batch, length]) => {
  const bytes = new Uint8Array(length)
  bytes.set(batch.subarray(0, length))
  return bytes
})
export const batchFrames: fc.Arbitrary<Uint8Array> = fc.oneof(
  flipped,
  resized,
  fc.uint8Array({ maxLength: 300 }),
)
