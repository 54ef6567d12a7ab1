import { expect, test } from 'vitest'
import { reasonIn } from './last-reason.mjs'

const line = (level: string, message: string, error?: object) =>
  JSON.stringify({ level, message, ...(error && { error }) })

test.each([
  ['nothing', '', null],
  ['only progress', `${line('info', 'The console is ready.')}\n`, null],
  [
    'the last complaint, without the stack',
    [
      line('warn', 'Something before.'),
      line('error', 'It broke.', { message: '\nInvalid call:\n\nno such table', stack: 'at x' }),
      line('info', 'The console is stopping.'),
    ].join('\n'),
    'It broke: no such table',
  ],
  [
    'what Node says of an error that nobody caught',
    "file:///a/main.mjs:3\n  throw x\n  ^\n\nError: no memory\n    at f (a.js:1:1) {\n  code: 'E'\n}\n\nNode.js v20.20.2\n",
    'Error: no memory',
  ],
  [
    'it under colours',
    'Error: no memory\n\u001b[90m    at f (a.js:1:1)\u001b[39m\n',
    'Error: no memory',
  ],
  ['a sentence', 'The port is in use.\n', 'The port is in use'],
  ['a torn line', '{"level":"error","mess', null],
])('finds %s', (_, text, reason) => {
  expect(reasonIn(text)).toBe(reason)
})
