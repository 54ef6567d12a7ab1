// Prisma's command line, offline: with the schema engine of tools/ instead of a download, and with an embedded
// PostgreSQL in a temporary folder for the commands that need a server, unless DATABASE_URL names one.
import './node-version.mjs'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bin, isEntry, root, run, runMain } from './steps.mjs'

const needsServer = (/** @type {string[]} */ args) =>
  args[0] === 'migrate' || (args[0] === 'db' && args[1] !== 'seed')

/** @param {string[]} args @param {{ capture?: boolean }} [options] */
export async function prisma(args, { capture = false } = {}) {
  const env = {
    PRISMA_SCHEMA_ENGINE_BINARY:
      process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? path.join(root, 'tools/schema-engine.mjs'),
  }
  const command = [bin('prisma/build/index.js'), ...args]
  if (process.env.DATABASE_URL || !needsServer(args)) {
    return run(process.execPath, command, { env, capture })
  }
  const { tsImport } = await import('tsx/esm/api')
  const module = await tsImport('../apps/console/server/embedded-postgres.ts', import.meta.url)
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-prisma-'))
  const started = await module.startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
  try {
    if (!started.ok) throw new Error(started.error.message)
    const url = started.value.urlOf('postgres')
    return await run(process.execPath, command, { env: { ...env, DATABASE_URL: url }, capture })
  } finally {
    if (started.ok) await started.value.stop()
    fs.rmSync(dataDir, { recursive: true, force: true })
  }
}

if (isEntry(import.meta.url)) {
  await runMain(async () => {
    await prisma(process.argv.slice(2))
  })
}
