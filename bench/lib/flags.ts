import { parseArgs } from 'node:util'

/** Every flag has a default, whose type is the flag's type. `json` and `help` are there for every benchmark. */
export type FlagTable = Record<
  string,
  { readonly default: number | string | boolean; readonly help: string }
>
export type Flags<T extends FlagTable> = {
  readonly [K in keyof T]: T[K]['default'] extends number
    ? number
    : T[K]['default'] extends boolean
      ? boolean
      : string
} & { readonly json: string }

const common = { json: { default: '', help: 'also write the JSON line to this file' } } as const

/** Reads the command line; a flag that does not exist or a number that is none ends the process with a sentence. */
export function readFlags<const T extends FlagTable>(title: string, table: T): Flags<T> {
  const all: FlagTable = { ...table, ...common }
  const options = Object.fromEntries(
    Object.entries(all).map(([name, flag]) => [
      name,
      { type: typeof flag.default === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { values } = parse(options)
  if (values.help === true) {
    const lines = Object.entries(all).map(
      ([name, flag]) =>
        `  --${name.padEnd(18)} ${flag.help} (default ${JSON.stringify(flag.default)})`,
    )
    console.log(`${title}\n\n${lines.join('\n')}`)
    process.exit(0)
  }
  const flags = Object.fromEntries(
    Object.entries(all).map(([name, flag]) => [name, convert(name, values[name], flag.default)]),
  )
  // Built from the table entry by entry, each converted to the type of its default.
  return flags as Flags<T>
}

function parse(options: Record<string, { type: 'string' | 'boolean' }>): {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
} {
  try {
    const withHelp: typeof options = { ...options, help: { type: 'boolean' } }
    return parseArgs({ options: withHelp })
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

function convert(
  name: string,
  given: string | boolean | undefined,
  fallback: number | string | boolean,
): number | string | boolean {
  if (given === undefined) return fallback
  if (typeof fallback !== 'number') return given
  const value = Number(given)
  return Number.isFinite(value) && value >= 0 ? value : fail(`--${name} ${given} is not a number.`)
}

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

/** "4,16,40" as numbers. */
export function numberList(text: string): number[] {
  return text
    .split(',')
    .map(Number)
    .filter((value) => Number.isFinite(value))
}
