// npm test: everything, on a fresh clone too. The last line is the sum: "N passed, N failed, N skipped".
import './node-version.mjs'
import fs from 'node:fs'
import path from 'node:path'
import { install, prepare } from './prepare.mjs'
import { bin, isEntry, root, run, runMain, StepFailed } from './steps.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

const results = path.join(root, 'test-results')

/** What counts as one test: it passes or it does not. @param {() => Promise<unknown>} work @returns {Promise<Count>} */
async function asOne(work) {
  try {
    await work()
    return { passed: 1, failed: 0, skipped: 0 }
  } catch (error) {
    console.error(error instanceof StepFailed ? error.message : error)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/**
 * Runs a test program and reads its own count; a failure it has not counted (an import that broke, a crash, an error
 * outside of tests) counts as one.
 * @param {string} name @param {string[]} args @param {(report: any) => Count} read
 */
async function asCounted(name, args, read) {
  const file = path.join(results, `${name}.json`)
  fs.rmSync(file, { force: true })
  const ended = await asOne(() => run(process.execPath, args, { env: { DROVER_REPORT: file } }))
  const count = fs.existsSync(file)
    ? read(JSON.parse(fs.readFileSync(file, 'utf8')))
    : { ...ended, passed: 0 }
  return ended.failed && !count.failed ? { ...count, failed: 1 } : count
}

const vitest = (/** @type {string} */ name, /** @type {string[]} */ ...projects) =>
  asCounted(
    name,
    [
      bin('vitest/vitest.mjs'),
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${path.join(results, `${name}.json`)}`,
    ],
    (report) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }),
  )

const browser = () =>
  asCounted('e2e', [bin('@playwright/test/cli.js'), 'test'], ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  }))

/** In this order; what only they need is loaded when packages are installed. @type {Record<string, () => Promise<Count>>} */
const parts = {
  check: async () => {
    const { checkAll } = await import('./check.mjs')
    return { ...(await checkAll()), skipped: 0 }
  },
  schema: () =>
    asOne(async () => {
      const { checkSchema } = await import('./check-schema.mjs')
      await checkSchema()
    }),
  unit: () => vitest('unit', 'unit', 'component'),
  integration: () => vitest('integration', 'integration'),
  build: () => asOne(prepare),
  e2e: async () => {
    const { ensureChromium } = await import('./chromium.mjs')
    const ready = await asOne(async () => {
      await ensureChromium()
      await prepare()
    })
    return ready.failed ? ready : browser()
  },
}

/** @param {string[]} argv */
function chosenParts(argv) {
  if (argv.length === 0) return Object.keys(parts)
  const names = argv[0] === '--only' ? argv.slice(1).flatMap((arg) => arg.split(',')) : []
  if (names.length && names.every((name) => Object.hasOwn(parts, name))) return names
  throw new StepFailed(`Usage: npm test [-- --only ${Object.keys(parts).join(',')}]`)
}

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    const names = chosenParts(process.argv.slice(2))
    const startedAt = performance.now()
    fs.mkdirSync(results, { recursive: true })
    const sum = { passed: 0, failed: 0, skipped: 0 }
    const add = (/** @type {Count} */ count) => {
      sum.passed += count.passed
      sum.failed += count.failed
      sum.skipped += count.skipped
    }
    const installed = await asOne(install)
    if (installed.failed) add(installed)
    for (const name of installed.failed ? [] : names) {
      const partAt = performance.now()
      console.log(`\n[test] ${name}`)
      const count = (await parts[name]?.()) ?? { passed: 0, failed: 1, skipped: 0 }
      add(count)
      const seconds = ((performance.now() - partAt) / 1000).toFixed(0)
      console.log(`[test] ${name}: ${count.passed} ok, ${count.failed} not (${seconds} s)`)
    }
    console.log(`[test] all: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
    console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`)
    if (sum.failed || !sum.passed) process.exitCode = 1
  })
}
