import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '@drover/api-schema/result.ts'
import { machineNameSchema } from '@drover/api-schema/scalars.ts'

/** Arguments and environment, parsed once; nothing else reads them. */
export type AgentEnv = {
  readonly consoleUrl: string
  readonly token: string
  /** Of the host, or what the names of several begin with; null: the configuration's. */
  readonly name: string | null
  readonly hostCount: number
  readonly domainsPerHost: number | null
  readonly seed: number
  readonly dataFolder: string
  readonly configFile: string | null
  readonly trace: TraceArguments | null
  readonly peerHost: string
  /** 0: any free one. */
  readonly peerPort: number
  readonly hasRealPages: boolean
}

export type TraceArguments = {
  readonly file: string
  /** Null: the sibling of that name, if there is one. */
  readonly vmsFile: string | null
  readonly speed: number
  /** 1-based part of how many: several agents share one trace. */
  readonly part: { readonly index: number; readonly count: number }
  readonly maxDomains: number
}

export type EnvAnswer =
  | { readonly kind: 'run'; readonly env: AgentEnv }
  | { readonly kind: 'print'; readonly text: string }

export const agentVersion = '0.1.0'

const help = `drover-agent: one or several hosts' agent, with a simulated Xen

  --console URL          the console, ws://… or wss://…                       [required]
  --token TEXT           enrolment token (or --token-file FILE, or DROVER_TOKEN)  [required]
  --name NAME            name of the host; with --hosts N they are NAME-0001 …
  --data FOLDER          journal and identity                                 [.drover/agent-NAME]
  --config FILE          the simulated host and its domains, JSON
  --hosts N              several generated hosts in one process               [1]
  --domains-per-host N   for generated hosts
  --seed N               what generated hosts and loads are made from         [1]
  --trace FILE           play recorded load (Bitbrains CSV, .csv or .csv.gz)
  --trace-vms FILE       capacities of its VMs                                [sibling *_vms.csv]
  --trace-speed N        1 is real time, 60 plays an hour in a minute         [1]
  --trace-part I/N       take every N-th VM, beginning with the I-th          [1/1]
  --trace-domains N      at most so many domains per host                     [8]
  --peer-host ADDRESS    where other agents reach this one                    [127.0.0.1]
  --peer-port N          0 for any free port                                  [0]
  --real-pages           send 4 KiB for every page instead of charging for it
  --help, --version
`

const options = {
  console: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  name: { type: 'string' },
  data: { type: 'string' },
  config: { type: 'string' },
  hosts: { type: 'string' },
  'domains-per-host': { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'string' },
  'trace-vms': { type: 'string' },
  'trace-speed': { type: 'string' },
  'trace-part': { type: 'string' },
  'trace-domains': { type: 'string' },
  'peer-host': { type: 'string' },
  'peer-port': { type: 'string' },
  'real-pages': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

type Values = { readonly [K in keyof typeof options]?: string | boolean | undefined }

export function readEnv(
  argv: readonly string[] = process.argv.slice(2),
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Result<EnvAnswer, string> {
  let values: Values
  try {
    values = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    // The first sentence of Node's message names the flag.
    const message = cause instanceof Error ? cause.message : String(cause)
    return err(`${message.split(/\.\s|\.$|\n/)[0]}. See --help.`)
  }
  if (values.help === true) return ok({ kind: 'print', text: help })
  if (values.version === true) return ok({ kind: 'print', text: `${agentVersion}\n` })
  try {
    return ok({ kind: 'run', env: envOf(values, variables) })
  } catch (cause) {
    if (cause instanceof BadArgument) return err(cause.message)
    throw cause
  }
}

/** A sentence for whoever typed it. */
class BadArgument extends Error {}

function envOf(values: Values, variables: Readonly<Record<string, string | undefined>>): AgentEnv {
  const name = text(values, 'name')
  if (name !== null && !machineNameSchema.safeParse(name).success) {
    throw new BadArgument(
      `--name ${name}: a name may hold letters, digits, dots, dashes and underscores.`,
    )
  }
  const configFile = text(values, 'config')
  const hostCount = whole(values, 'hosts', { min: 1, max: 5_000 }) ?? 1
  if (hostCount > 1 && configFile !== null)
    throw new BadArgument('--config describes one host; leave out --hosts.')
  return {
    consoleUrl: consoleUrl(text(values, 'console')),
    token: token(values, variables),
    name,
    hostCount,
    domainsPerHost: whole(values, 'domains-per-host', { min: 0, max: 1_000 }),
    seed: whole(values, 'seed', { min: 0, max: 2 ** 31 }) ?? 1,
    dataFolder: path.resolve(
      text(values, 'data') ?? path.join('.drover', `agent-${name ?? 'host'}`),
    ),
    configFile,
    trace: trace(values),
    peerHost: text(values, 'peer-host') ?? '127.0.0.1',
    peerPort: whole(values, 'peer-port', { min: 0, max: 65_535 }) ?? 0,
    hasRealPages: values['real-pages'] === true,
  }
}

function consoleUrl(given: string | null): string {
  if (given === null) throw new BadArgument('Say where the console is: --console ws://host:3000.')
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    throw new BadArgument('--console must be an address like ws://host:3000 or wss://host.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadArgument(
      '--console must not hold a name or a password; the token goes into --token-file.',
    )
  }
  return given
}

function token(values: Values, variables: Readonly<Record<string, string | undefined>>): string {
  const file = text(values, 'token-file')
  let found = text(values, 'token') ?? variables.DROVER_TOKEN ?? null
  if (file !== null) {
    try {
      found = readFileSync(file, 'utf8')
    } catch {
      throw new BadArgument(`--token-file ${file} cannot be read.`)
    }
  }
  const trimmed = found?.trim() ?? ''
  if (trimmed === '')
    throw new BadArgument('Give the enrolment token: --token-file FILE, --token or DROVER_TOKEN.')
  if (!/^[\x21-\x7e]{1,400}$/.test(trimmed))
    throw new BadArgument('The enrolment token holds characters no token has.')
  return trimmed
}

function trace(values: Values): TraceArguments | null {
  const file = text(values, 'trace')
  if (file === null) return null
  const speed = Number(text(values, 'trace-speed') ?? 1)
  if (!(speed > 0 && speed <= 100_000))
    throw new BadArgument('--trace-speed must be a number above 0.')
  const part = /^(\d+)\/(\d+)$/.exec(text(values, 'trace-part') ?? '1/1')
  const [index, count] = [Number(part?.[1]), Number(part?.[2])]
  if (!(index >= 1 && index <= count))
    throw new BadArgument('--trace-part must be like 2/6: the second of six.')
  return {
    file,
    vmsFile: text(values, 'trace-vms'),
    speed,
    part: { index, count },
    maxDomains: whole(values, 'trace-domains', { min: 1, max: 1_000 }) ?? 8,
  }
}

function text(values: Values, flag: keyof Values): string | null {
  const value = values[flag]
  return typeof value === 'string' && value !== '' ? value : null
}

function whole(
  values: Values,
  flag: keyof Values,
  range: { readonly min: number; readonly max: number },
): number | null {
  const given = text(values, flag)
  if (given === null) return null
  const value = Number(given)
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return value
  throw new BadArgument(
    `--${flag} must be a whole number from ${range.min} to ${range.max}, not ${given}.`,
  )
}
