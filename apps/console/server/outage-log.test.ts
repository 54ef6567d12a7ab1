import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { createOutageLog } from './outage-log.ts'

const gone = new Error('\nInvalid `prisma.user.findMany()` invocation:\n\n\nCan’t reach the server')
const isGone = (error: unknown) => error === gone

function setUp() {
  const lines: Record<string, unknown>[] = []
  const outage = createOutageLog(
    createLog('info', (line) => lines.push(JSON.parse(line))),
    isGone,
  )
  return { ...outage, said: () => lines.map(({ at: _, ...line }) => line) }
}

test('during an outage only its beginning, its end and what has other reasons is written', () => {
  const { log, lost, restored, said } = setUp()
  lost('The connection was lost.')
  log.warn('A request failed.', { error: gone })
  log.child({ host: 'xen-01' }).error('Facts cannot be written.', { error: gone })
  log.warn('A clock is off.', { aheadMs: 5 })
  restored()
  expect(said()).toEqual([
    { level: 'error', message: 'The connection was lost.' },
    { level: 'warn', message: 'A clock is off.', aheadMs: 5 },
    { level: 'info', message: 'The database is back.', failuresLeftOut: 2 },
  ])
})

test('a failure that comes before the loss is known is one line with its reason', () => {
  const { log, said } = setUp()
  log.warn('A request failed.', { path: '/api', error: gone })
  expect(said()).toEqual([
    {
      level: 'warn',
      message: 'A request failed.',
      path: '/api',
      error: 'Can’t reach the server',
    },
  ])
})

test('other errors keep their stack, and the next outage is counted anew', () => {
  const { log, lost, restored, said } = setUp()
  lost('Lost.')
  restored()
  lost('Lost.')
  log.error('A page failed.', { error: new Error('a bug') })
  restored()
  expect(said().map(({ message }) => message)).toEqual([
    'Lost.',
    'The database is back.',
    'Lost.',
    'A page failed.',
    'The database is back.',
  ])
  expect(said()[3]).toMatchObject({ error: { message: 'a bug', stack: expect.any(String) } })
  expect(said()[4]).not.toHaveProperty('failuresLeftOut')
})
