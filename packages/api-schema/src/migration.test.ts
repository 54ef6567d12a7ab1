import { expect, it } from 'vitest'
import { migrationSchema } from './migration.ts'
import { aMigration } from './testing/builders.ts'

it('reads records of consoles that knew no priorities, limits and retries', () => {
  const {
    priority: _priority,
    bandwidthBytesPerSec: _bandwidth,
    retry: _retry,
    attempt: _attempt,
    retryOf: _retryOf,
    retriedBy: _retriedBy,
    notBeforeAt: _notBeforeAt,
    ...older
  } = aMigration()
  expect(migrationSchema.parse(older)).toEqual(aMigration())
})
