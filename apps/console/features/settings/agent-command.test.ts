import { expect, test } from 'vitest'
import { agentCommand } from './agent-command.ts'

test('the agent is sent to the same console over a socket, encrypted when the page is', () => {
  expect(agentCommand('http://localhost:3000', 's')).toContain('--console ws://localhost:3000 ')
  expect(agentCommand('https://drover.example.org', 's')).toContain(
    '--console wss://drover.example.org ',
  )
})

test('the secret is not among the arguments, which every user of the machine can read', () => {
  expect(agentCommand('http://localhost:3000', 'the-secret')).toMatch(
    /^DROVER_TOKEN=the-secret node /,
  )
})
