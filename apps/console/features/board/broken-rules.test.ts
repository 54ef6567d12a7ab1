import type { Violation } from '@drover/api-schema/policy.ts'
import { domainId, hostId, ruleId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { expect, test } from 'vitest'
import { brokenRules } from './broken-rules.ts'

const apart: Violation = {
  violationKey: 'apart',
  ruleId: ruleId(1),
  ruleName: 'apart',
  strength: { kind: 'preferred', weight: 50 },
  domainIds: [domainId(1), domainId(2)],
  hostIds: [hostId(1)],
  sentence: 'Both on one.',
  sinceAt: testMoment,
}
const off: Violation = {
  ...apart,
  violationKey: 'off',
  strength: { kind: 'required' },
  domainIds: [domainId(2)],
  sentence: 'Not there.',
}
const room: Violation = { ...apart, violationKey: 'room', domainIds: [], sentence: 'Too full.' }

test('domains are marked for what they break, hosts for what is their own', () => {
  const { domains, hosts } = brokenRules([apart, off, room])
  expect(domains.get(domainId(1))).toEqual({ isRequired: false, sentences: ['Both on one.'] })
  expect(domains.get(domainId(2))).toEqual({
    isRequired: true,
    sentences: ['Both on one.', 'Not there.'],
  })
  expect([...hosts]).toEqual([[hostId(1), { isRequired: false, sentences: ['Too full.'] }]])
})
