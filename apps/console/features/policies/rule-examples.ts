import type { PolicyDraft } from '@drover/api-schema/policy.ts'
import { GIB } from '@drover/api-schema/units.ts'

/** Rules to start from: they are right for most fleets, and show what selectors look like. Preferred, so that nothing is refused at once. */
export const ruleExamples: readonly { readonly id: string; readonly draft: PolicyDraft }[] = [
  {
    id: 'apart',
    draft: {
      kind: 'keep-apart',
      name: 'Members of an application on different hosts',
      description: 'When one host fails, every application goes on with the rest of its domains.',
      owner: '',
      isEnabled: true,
      strength: { kind: 'preferred', weight: 50 },
      domains: 'has app',
      groupBy: { by: 'application' },
      level: 'host',
      atMost: 1,
    },
  },
  {
    id: 'headroom',
    draft: {
      kind: 'headroom',
      name: 'Room on every host',
      description: 'So that a busy hour, or the domains of a failed host, find a place.',
      owner: '',
      isEnabled: true,
      strength: { kind: 'preferred', weight: 30 },
      hosts: 'all',
      keep: { cpuRatio: 0.2, memBytes: 4 * GIB },
    },
  },
  {
    id: 'night',
    draft: {
      kind: 'move-window',
      name: 'Large domains move at night',
      description: 'The balancer waits for the night; by hand they can be moved at any time.',
      owner: '',
      isEnabled: true,
      strength: { kind: 'required' },
      domains: 'memory >= 16GiB',
      timeZone: 'UTC',
      windows: [
        {
          days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          fromMinute: 22 * 60,
          untilMinute: 5 * 60,
        },
      ],
    },
  },
]
