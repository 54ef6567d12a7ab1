import { expect, it } from 'vitest'
import { readEnv } from './env.ts'

it('has a default for everything that has a sensible one', () => {
  expect(readEnv({})).toEqual({
    ok: true,
    value: {
      PORT: 3000,
      HOST: '127.0.0.1',
      DROVER_LOG_LEVEL: 'info',
      DROVER_AGENT_PROGRESS_MS: 250,
    },
  })
})

it('takes proxies that are addresses', () => {
  expect(readEnv({ DROVER_TRUSTED_PROXY: 'loopback, 10.0.0.0/8' }).ok).toBe(true)
  expect(readEnv({ DROVER_TRUSTED_PROXY: 'the proxy' })).toMatchObject({
    ok: false,
    error: expect.stringContaining('DROVER_TRUSTED_PROXY must be'),
  })
})

it('takes an empty variable for one that is not set, and the origin of the public address', () => {
  const read = readEnv({
    PORT: '',
    DATABASE_URL: '',
    DROVER_PUBLIC_URL: 'https://drover.example.org/x?y',
  })
  expect(read).toMatchObject({
    ok: true,
    value: { PORT: 3000, DROVER_PUBLIC_URL: 'https://drover.example.org' },
  })
  expect(read.ok && 'DATABASE_URL' in read.value).toBe(false)
})

it.each([
  ['PORT', '70000', /PORT .*\(it is "70000"\)/],
  ['PORT', 'http', /PORT must be a number \(it is "http"\)/],
  ['DROVER_PUBLIC_URL', 'drover', /DROVER_PUBLIC_URL must look like https/],
  ['DROVER_PUBLIC_URL', 'javascript:alert(1)', /DROVER_PUBLIC_URL must look like https/],
  ['DROVER_LOG_LEVEL', 'loud', /DROVER_LOG_LEVEL must be one of debug, info/],
  ['DROVER_AGENT_PROGRESS_MS', '1', /DROVER_AGENT_PROGRESS_MS must be 50 to 10000 ms/],
])('refuses %s=%s with a sentence', (name, value, sentence) => {
  const read = readEnv({ [name]: value })
  expect(read.ok ? '' : read.error).toMatch(sentence)
})

it('does not repeat a secret', () => {
  const read = readEnv({ DROVER_ENROLMENT_TOKEN: 'hunter2' })
  expect(read).toEqual({
    ok: false,
    error: 'DROVER_ENROLMENT_TOKEN must have at least 16 characters.',
  })
})
