/** Every rule of biome.json that is ours fires where it should, and lets pass what it should. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = import.meta.dirname

interface Finding {
  category: string
  message: string
  location: { path: string }
}

/** A file that imports one thing, and a part of the sentence with which that is refused; null where it is allowed. */
type ImportCase = [file: string, specifier: string, sentence: string | null]

const imports: ImportCase[] = [
  ['packages/hypervisor-sim/src/a.ts', './clock.ts', null],
  [
    'packages/hypervisor-sim/src/a.ts',
    '@drover/api-schema/ids.ts',
    'The simulator imports nothing',
  ],
  ['packages/hypervisor-sim/src/a.ts', 'node:fs', 'The simulator imports nothing'],
  ['packages/hypervisor-sim/src/a.test.ts', 'vitest', null],
  ['packages/api-schema/src/a.ts', 'zod', null],
  ['packages/api-schema/src/a.ts', 'node:crypto', 'The contract imports zod'],
  ['packages/api-schema/src/a.ts', '@drover/optimizer/score.ts', 'The contract imports zod'],
  ['packages/optimizer/src/a.ts', '@drover/api-schema/host.ts', null],
  ['packages/optimizer/src/a.ts', 'node:os', 'The optimizer imports api-schema only'],
  [
    'packages/optimizer/src/a.ts',
    '@drover/hypervisor-sim/clock.ts',
    'The optimizer imports api-schema only',
  ],
  ['apps/agent/src/a.ts', 'ws', null],
  ['apps/agent/src/a.ts', '@drover/hypervisor-sim/clock.ts', 'Only sim-hypervisor.ts knows'],
  ['apps/agent/src/a.ts', '@drover/console/server/main.ts', 'Nothing outside the console'],
  ['apps/agent/src/a.ts', '@drover/optimizer/score.ts', 'An agent decides nothing'],
  ['apps/agent/src/sim-hypervisor.ts', '@drover/hypervisor-sim/clock.ts', null],
  ['apps/console/server/a.ts', '@drover/optimizer/score.ts', null],
  ['apps/console/server/a.ts', '../features/board/board.tsx', 'The server knows no screen'],
  ['apps/console/server/a.ts', '../ui/button.tsx', 'The server knows no screen'],
  [
    'apps/console/server/a.ts',
    '@drover/hypervisor-sim/clock.ts',
    'through the agent protocol only',
  ],
  ['apps/console/server/a.ts', '@drover/agent/src/outbox.ts', 'through the agent protocol only'],
  ['apps/console/server/a.ts', 'next', 'started by server/main.ts only'],
  ['apps/console/server/main.ts', 'next', null],
  ['apps/console/server/a.ts', '@prisma/client', 'Only server/store talks to Prisma'],
  ['apps/console/server/a.ts', './store/generated/client.ts', 'Only server/store talks to Prisma'],
  ['apps/console/server/a.ts', 'pg', 'talk to pg'],
  ['apps/console/server/a.ts', './store/hosts.ts', null],
  ['apps/console/server/migrations/machine.ts', '@drover/api-schema/migration.ts', null],
  [
    'apps/console/server/migrations/machine.ts',
    '../store/migrations.ts',
    'A decision is a pure function',
  ],
  ['apps/console/server/telemetry/rollup.ts', 'ws', 'A decision is a pure function'],
  ['apps/console/server/migrations/preflight.ts', 'node:timers', 'A decision is a pure function'],
  ['apps/console/server/store/a.ts', './generated/client.ts', null],
  ['apps/console/server/store/a.ts', 'pg', null],
  ['apps/console/server/store/a.ts', '../inventory.ts', 'may not import services'],
  ['apps/console/server/store/a.ts', '../routes/hosts.ts', 'may not import services'],
  ['apps/console/server/agent-gateway.ts', 'ws', null],
  ['apps/console/server/agent-gateway.ts', './auth.ts', null],
  ['apps/console/server/agent-gateway.ts', '@drover/api-schema/telemetry.ts', null],
  ['apps/console/server/agent-gateway.ts', './inventory.ts', 'A socket knows no service'],
  ['apps/console/server/live-hub.ts', './store/hosts.ts', 'A socket knows no service'],
  ['apps/console/client/a.ts', '@tanstack/react-query', null],
  ['apps/console/client/a.ts', '../server/inventory.ts', 'through client/ only'],
  ['apps/console/client/a.ts', '../features/board/board.tsx', 'it knows no feature'],
  ['apps/console/client/a.ts', '../ui/button.tsx', 'it knows no feature'],
  ['apps/console/ui/a.tsx', '../lib/format.ts', null],
  ['apps/console/ui/a.tsx', '../client/api.ts', 'A primitive knows no domain'],
  ['apps/console/ui/a.tsx', '@drover/api-schema/host.ts', 'A primitive knows no domain'],
  ['apps/console/ui/a.tsx', 'recharts', 'drawn by the chart components'],
  ['apps/console/ui/live-chart.tsx', 'uplot', null],
  ['apps/console/ui/time-series-chart.tsx', 'recharts', null],
  [
    'apps/console/ui/time-series-chart.tsx',
    '../features/hosts/a.tsx',
    'A primitive knows no domain',
  ],
  ['apps/console/lib/a.ts', '../client/api.ts', 'small pure helpers'],
  ['apps/console/features/hosts/a.tsx', '../../client/queries.ts', null],
  ['apps/console/features/hosts/a.tsx', '../../ui/button.tsx', null],
  ['apps/console/features/hosts/a.tsx', './b.tsx', null],
  ['apps/console/features/hosts/a.tsx', '@drover/optimizer/verdict.ts', null],
  ['apps/console/features/hosts/a.tsx', '../board/board.tsx', 'Features do not import each other'],
  [
    'apps/console/features/hosts/a.tsx',
    '../../features/board/board.tsx',
    'Features do not import each other',
  ],
  ['apps/console/features/hosts/a.tsx', '../../server/inventory.ts', 'through client/ only'],
  ['apps/console/features/hosts/a.tsx', '../../app/page.tsx', 'A page imports a feature'],
  ['apps/console/features/hosts/a.tsx', '@dnd-kit/react', 'features/board only'],
  ['apps/console/features/hosts/a.tsx', 'recharts', 'drawn by the chart components'],
  ['apps/console/features/board/a.tsx', '@dnd-kit/react', null],
  ['apps/console/features/board/a.tsx', 'uplot', 'drawn by the chart components'],
  ['apps/console/features/board/a.tsx', '../hosts/host.tsx', 'Features do not import each other'],
  ['apps/console/app/hosts/page.tsx', '../../features/hosts/hosts-page.tsx', null],
  ['apps/console/app/hosts/page.tsx', '../../server/inventory.ts', 'through client/ only'],
  ['apps/agent/src/a.ts', '@drover/api-schema/testing/builders.ts', 'imported by tests only'],
  ['apps/console/server/a.ts', './testing/test-database.ts', 'imported by tests only'],
  ['apps/console/server/a.test.ts', './testing/test-database.ts', null],
]

type RuleCase = [rule: string, file: string, code: string]

const rules: RuleCase[] = [
  ['noFloatingPromises', 'apps/agent/src/b.ts', 'export async function f(): Promise<void> {}\nf()'],
  [
    'useExhaustiveSwitchCases',
    'apps/agent/src/b.ts',
    `export function f(k: 'a' | 'b') {\n  switch (k) {\n    case 'a':\n      return 1\n  }\n}`,
  ],
  [
    'noImportCycles',
    'apps/agent/src/cycle-a.ts',
    `import { b } from './cycle-b.ts'\nexport const a = () => b`,
  ],
  ['noDefaultExport', 'apps/console/server/b.ts', 'export default 1'],
  ['noBarrelFile', 'apps/console/ui/b.ts', `export { c } from './c.ts'`],
  ['useFilenamingConvention', 'apps/console/ui/DomainCard.tsx', 'export const a = 1'],
  ['noProcessEnv', 'apps/console/server/b.ts', 'export const port = process.env.PORT'],
  ['noExplicitAny', 'apps/console/server/b.ts', 'export const a = (x: any) => x'],
  ['noNonNullAssertion', 'apps/console/server/b.ts', 'export const a = (x: string | null) => x!'],
  ['noRestrictedGlobals', 'packages/hypervisor-sim/src/b.ts', 'export const a = () => Date.now()'],
  [
    'noRestrictedGlobals',
    'packages/optimizer/src/b.ts',
    'export const a = (f: () => void) => setTimeout(f, 1)',
  ],
  [
    'noJsRestrictedProperties',
    'packages/hypervisor-sim/src/b.ts',
    'export const a = () => Math.random()',
  ],
  ['useButtonType', 'apps/console/ui/b.tsx', 'export const A = () => <button>x</button>'],
  ['useAltText', 'apps/console/ui/b.tsx', 'export const A = () => <img src="x.png" />'],
]

const allowed: RuleCase[] = [
  [
    'noDefaultExport',
    'apps/console/app/hosts/[id]/page.tsx',
    'export default function Page() {\n  return null\n}',
  ],
  ['noProcessEnv', 'apps/agent/src/env.ts', 'export const a = process.env.A'],
]

let folder: string
let findings: Finding[]

/** Each case has a folder of its own, below which the paths are those of the repository. */
const placeOf = (kind: string, index: number, file: string) => path.join(`${kind}-${index}`, file)

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-rules-'))
  const { vcs: _, ...config } = JSON.parse(fs.readFileSync(path.join(root, 'biome.json'), 'utf8'))
  const inEachFolder = (globs: string[]) =>
    globs.map((glob) => {
      const [, negation = '', rest = ''] = /^(!*)(.*)$/.exec(glob) ?? []
      return rest.startsWith('**') ? glob : `${negation}*/${rest}`
    })
  for (const override of config.overrides) override.includes = inEachFolder(override.includes)
  write('biome.json', JSON.stringify({ ...config, $schema: undefined }))
  imports.forEach(([file, specifier], i) => {
    write(placeOf('import', i, file), `import '${specifier}'\n`)
  })
  for (const [kind, cases] of [
    ['rule', rules],
    ['allowed', allowed],
  ] as const) {
    cases.forEach(([, file, code], i) => {
      write(placeOf(kind, i, file), `${code}\n`)
    })
  }
  const cycle = rules.findIndex(([rule]) => rule === 'noImportCycles')
  write(
    placeOf('rule', cycle, 'apps/agent/src/cycle-b.ts'),
    `import { a } from './cycle-a.ts'\nexport const b = () => a\n`,
  )
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (!stdout) throw new Error(stderr)
  findings = JSON.parse(stdout).diagnostics
}, 60_000)

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  fs.writeFileSync(path.join(folder, file), text)
}

function foundIn(place: string, rule: string): string[] {
  return findings
    .filter((finding) => finding.location.path === place && finding.category.endsWith(`/${rule}`))
    .map((finding) => finding.message)
}

describe('who may import whom', () => {
  test.each(imports.map((given, i) => [...given, i] as const))(
    '%s imports %s: %s',
    (file, _specifier, sentence, i) => {
      const found = foundIn(placeOf('import', i, file), 'noRestrictedImports')
      if (sentence === null) expect(found).toEqual([])
      else expect(found.join('\n')).toContain(sentence)
    },
  )
})

describe('rules of the house', () => {
  test.each(rules.map((given, i) => [...given, i] as const))(
    '%s is an error in %s',
    (rule, file, _code, i) => {
      expect(foundIn(placeOf('rule', i, file), rule)).not.toEqual([])
    },
  )

  test.each(allowed.map((given, i) => [...given, i] as const))(
    '%s allows its exception %s',
    (rule, file, _code, i) => {
      expect(foundIn(placeOf('allowed', i, file), rule)).toEqual([])
    },
  )
})
