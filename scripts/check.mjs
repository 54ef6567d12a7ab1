// npm run check: lint and format of the whole repository, and the types of every workspace.
import './node-version.mjs'
import { generate } from './prepare.mjs'
import { bin, isEntry, run, runMain, StepFailed } from './steps.mjs'

const biome = () =>
  run(process.execPath, [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'], {
    capture: true,
  })
const types = (/** @type {string} */ folder) =>
  run(process.execPath, [bin('typescript/bin/tsc'), '-p', folder], { capture: true })

const typed = [
  '.',
  'packages/api-schema',
  'packages/hypervisor-sim',
  'packages/optimizer',
  'apps/agent',
  'apps/console',
  'apps/console/server',
  'e2e',
  'faults',
  'bench',
]

const checks = [
  { name: 'format and lint', check: biome },
  ...typed.map((folder) => ({
    name: `types of ${folder === '.' ? 'the root' : folder}`,
    check: () => types(folder),
  })),
]

/** Two at a time, one for each core we may count on. @returns {Promise<{ passed: number, failed: number }>} */
export async function checkAll() {
  await generate()
  const count = { passed: 0, failed: 0 }
  const open = [...checks]
  const worker = async () => {
    for (let next = open.shift(); next; next = open.shift()) {
      const startedAt = performance.now()
      const complaint = await next.check().then(() => null, messageOf)
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      count[complaint === null ? 'passed' : 'failed'] += 1
      if (complaint !== null) console.error(complaint.trimEnd())
      console.log(`[check] ${complaint === null ? 'ok    ' : 'FAILED'} ${next.name} (${seconds} s)`)
    }
  }
  await Promise.all([worker(), worker()])
  return count
}

const messageOf = (/** @type {unknown} */ error) =>
  error instanceof StepFailed ? error.message : String(error)

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    const { failed } = await checkAll()
    if (failed) process.exitCode = 1
  })
}
