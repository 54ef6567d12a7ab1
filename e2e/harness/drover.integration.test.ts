import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Drover } from './drover.ts'
import { waitUntil } from './wait-until.ts'

const standIn = (hello: string) => `
process.on('SIGTERM', () => { console.log('in good order'); process.exit(0) })
process.on('disconnect', () => process.exit(0))
setInterval(() => console.log('tick'), 20)
${hello}
`

let folder: string
let entries: { console: string; agent: string }

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drover-harness-'))
  entries = { console: path.join(folder, 'console.mjs'), agent: path.join(folder, 'agent.mjs') }
  fs.writeFileSync(
    entries.console,
    standIn(
      `process.send({ type: 'ready', url: 'x', firstAdminLink: 'http://' + process.env.HOST + '/first' })`,
    ),
  )
  fs.writeFileSync(entries.agent, standIn(`process.send({ type: 'connected' })`))
})

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

test('starts a console and agents, restarts them, and leaves nothing behind', async () => {
  const drover = await Drover.start({ entries, agents: ['xen-01'] })
  expect(drover.firstAdminLink).toMatch(/first$/)
  const agent = drover.agent('xen-01')
  const { pid } = agent
  await agent.kill()
  expect(agent.isRunning).toBe(false)
  await agent.start()
  expect(agent.pid).not.toBe(pid)
  await drover.console.restart()
  expect(drover.console.log()).toContain('in good order')
  await drover.stop()
  expect(agent.isRunning || drover.console.isRunning).toBe(false)
  expect(fs.existsSync(drover.dataDir)).toBe(false)
})

test('a frozen process says nothing until it is resumed, and can be stopped while frozen', async () => {
  const drover = await Drover.start({ entries, agents: ['xen-01'] })
  const agent = drover.agent('xen-01')
  agent.freeze()
  await waitUntil('it is stopped', () =>
    fs.readFileSync(`/proc/${agent.pid}/stat`, 'utf8').includes(') T '),
  )
  const frozen = agent.log().length
  agent.resume()
  await waitUntil('it goes on', () => agent.log().length > frozen)
  agent.freeze()
  await drover.stop()
  expect(agent.isRunning).toBe(false)
})

test('a console that refuses rejects the start with its own sentence', async () => {
  fs.writeFileSync(
    entries.console,
    standIn(`process.send({ type: 'failed', message: 'No database.' })`),
  )
  await expect(Drover.start({ entries })).rejects.toThrow('console: No database.')
})
