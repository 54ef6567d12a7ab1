import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startTestConsole } from './test-console.ts'
import { createTestDatabase } from './test-database.ts'

export type ConsoleBed = Awaited<ReturnType<typeof openConsoleBed>>

/** A console with a database and a data folder of its own and an administrator signed in, which a test may start again. */
export async function openConsoleBed() {
  const database = await createTestDatabase()
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-console-'))
  const start = () => startTestConsole({ databaseUrl: database.url, dataDir })
  const first = await start()
  const { cookie } = await first.signIn('admin')
  const bed = {
    console: first,
    cookie,
    call: (method: string, path: string, body?: unknown) =>
      bed.console.call(method, `/api/v1${path}`, {
        cookie,
        ...(body === undefined ? {} : { body }),
      }),
    async restart(): Promise<void> {
      await bed.console.stop()
      bed.console = await start()
    },
    async close(): Promise<void> {
      await bed.console.stop()
      await database.drop()
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return bed
}
