import fs from 'node:fs'
import { z } from 'zod'
import type { FirstRounds } from './working-set-fit.ts'

/** MB is 10^6 bytes, Mbit 10^6 bits: with these 676.8 MB at 100 Mbit/s are the 54.1 s that the paper prints. */
export const MB = 1e6

const positive = z.number().positive()
/** Null where the source says nothing: not zero, and not compared. */
const published = positive.nullable()

const roundSchema = z.strictObject({
  mb: positive.describe('sent in the round'),
  seconds: published.describe('it took'),
})

const workloadSchema = z.strictObject({
  name: z.string().min(1),
  source: z.string().min(1).describe('where the figures were published'),
  remarks: z.array(z.string()).default([]),
  guest: z.strictObject({ memMb: positive }),
  testbed: z.strictObject({
    linkMbitPerSec: positive.describe('the last round runs at this'),
    switchOverMs: z.number().nonnegative().describe('the part of the pause that is not copying'),
    why: z.string().min(1),
  }),
  firstRounds: z
    .array(roundSchema)
    .min(1)
    .max(2)
    .describe('rounds 1 and 2: all that the fit is given, beside the memory'),
  published: z.strictObject({
    totalMb: published,
    rounds: published.describe('with stop-and-copy'),
    totalSeconds: published,
    downtimeMs: published,
    downtimeMsRange: z.tuple([positive, positive]).optional(),
    stopReason: z.enum(['sent-grew-at-full-rate', 'few-pages-left', 'round-limit']).nullable(),
  }),
})

type WorkloadFile = z.infer<typeof workloadSchema>
export type Published = WorkloadFile['published']
export type Testbed = WorkloadFile['testbed']

/** Split so that whoever fits gets `firstRounds` and cannot reach `published`. */
export type Workload = {
  readonly name: string
  readonly source: string
  readonly remarks: readonly string[]
  readonly memBytes: number
  readonly testbed: Testbed
  readonly firstRounds: FirstRounds
  readonly published: Published
}

/** @throws with one sentence per problem, naming the file and the field. */
export function readWorkload(file: string): Workload {
  const parsed = workloadSchema.safeParse(parseFile(file))
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `  ${path.length === 0 ? 'the file' : path.join('.')}: ${message}`,
    )
    throw new Error(`${file} is not a workload:\n${problems.join('\n')}`)
  }
  const { guest, firstRounds, ...rest } = parsed.data
  const memBytes = guest.memMb * MB
  if (firstRounds.some((round) => round.mb > guest.memMb)) {
    throw new Error(`${file} is not a workload:\n  firstRounds: a round sends no page twice`)
  }
  return {
    ...rest,
    memBytes,
    firstRounds: {
      memBytes,
      rounds: firstRounds.map(({ mb, seconds }) => ({ bytes: mb * MB, seconds })),
    },
  }
}

function parseFile(file: string): unknown {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch {
    throw new Error(`${file} cannot be read.`)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${file} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
