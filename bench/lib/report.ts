import fs from 'node:fs'
import { describeMachine, loadAverage } from './machine.ts'

/** One of the figures the benchmark is there for, with the target set for it. */
export type Figure = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly target: { readonly is: 'at most' | 'at least'; readonly value: number } | null
}

export type Outcome = {
  readonly figures: readonly Figure[]
  /** Everything else that was read, for the JSON line. */
  readonly details: unknown
  /** Why the figures mean nothing; empty when they hold. */
  readonly voidBecause: readonly string[]
  /** What makes the figures doubtful without making them wrong, such as a busy machine. */
  readonly caveats?: readonly string[]
  readonly notCovered: readonly string[]
}

export const loadBefore = loadAverage()

/** Prints the figures, what they do not cover, and exactly one line of JSON, last. */
export function report(
  benchmark: string,
  flags: Readonly<Record<string, unknown>>,
  outcome: Outcome,
): void {
  const loadAfter = loadAverage()
  const machine = describeMachine()
  printTable(
    ['figure', 'measured', 'target', 'reached'],
    outcome.figures.map((figure) => [
      figure.name,
      `${show(figure.value)} ${figure.unit}`,
      figure.target === null
        ? '–'
        : `${figure.target.is} ${show(figure.target.value)} ${figure.unit}`,
      figure.target === null ? '–' : isReached(figure) ? 'yes' : 'NO',
    ]),
  )
  for (const reason of outcome.voidBecause) console.log(`VOID: ${reason}`)
  for (const caveat of outcome.caveats ?? []) console.log(`Take with care: ${caveat}`)
  console.log(`\nNot covered: ${outcome.notCovered.join('; ')}.`)
  console.log(
    `Machine: ${machine.cores} × ${machine.cpu}, ${machine.memGib} GiB, ${machine.system}, Node ${machine.node}, commit ${machine.commit}; load average ${loadBefore} before, ${loadAfter} after.\n`,
  )
  const line = JSON.stringify({
    benchmark,
    at: new Date().toISOString(),
    isVoid: outcome.voidBecause.length > 0,
    figures: outcome.figures,
    details: outcome.details,
    voidBecause: outcome.voidBecause,
    caveats: outcome.caveats ?? [],
    notCovered: outcome.notCovered,
    flags,
    machine,
    load: { before: loadBefore, after: loadAfter },
  })
  if (typeof flags.json === 'string' && flags.json !== '') fs.writeFileSync(flags.json, `${line}\n`)
  console.log(line)
  if (outcome.voidBecause.length > 0) process.exitCode = 1
}

const isReached = ({ value, target }: Figure): boolean =>
  target === null || (target.is === 'at most' ? value <= target.value : value >= target.value)

/** Three significant digits at least, none of them after a large number's point. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 4
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
  console.log(`\n${line(head)}\n${widths.map((width) => '─'.repeat(width)).join('───')}`)
  for (const row of rows) console.log(line(row))
}
