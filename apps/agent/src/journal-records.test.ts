import { domainId, migrationId, uuid } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, it } from 'vitest'
import { decodeJournal, Journal } from './journal.ts'
import {
  findBrokenPromise,
  type JournalRecord,
  type MigrationRecord,
  replay,
} from './journal-records.ts'
import { MemoryStorage } from './testing/memory-storage.ts'

const at = Date.UTC(2026, 0, 1)

function activated(generation: number): MigrationRecord {
  return {
    report: {
      role: 'destination',
      migrationId: migrationId(generation),
      domainId: domainId(1),
      generation,
      state: { status: 'activated', activatedAt: at, digest: 'd' },
    },
    handover: null,
  }
}

function gone(generation: number): MigrationRecord {
  return {
    report: {
      role: 'source',
      migrationId: migrationId(generation),
      domainId: domainId(1),
      generation,
      state: {
        status: 'completed',
        endedAt: at,
        totalMs: 1,
        downtimeMs: 1,
        stopReason: null,
        digest: null,
        rounds: [],
        totalBytes: 0,
        startedAt: at,
      },
    },
    handover: null,
  }
}

const checkpointRecord = (domains: string[]): JournalRecord => ({
  record: 'checkpoint',
  checkpoint: { domains },
})
const identity: JournalRecord = {
  record: 'identity',
  hostId: uuid(1) as never, // a UUID is a host id
  hostKey: 'k'.repeat(32),
  bootId: uuid(2) as never, // a UUID is a boot id
  bootedAt: at,
}

describe('a decision', () => {
  const decision: JournalRecord = {
    record: 'decision',
    of: { record: 'migration', ...activated(5) },
    checkpoint: { domains: ['web-7'] },
  }

  function write(crashAfter: number | null): MemoryStorage {
    const storage = new MemoryStorage()
    const journal = new Journal(storage, () => [])
    journal.decide(identity)
    journal.decide(checkpointRecord([]))
    if (crashAfter !== null) storage.crashAt({ when: () => crashAfter, text: '"decision"' })
    try {
      journal.decide(decision)
    } catch {
      // the crash
    }
    return storage
  }

  it('cut at any byte is there with its domain, or neither is', () => {
    const whole = write(null).text
    const length = whole.length - write(0).text.length
    for (let cut = 0; cut < length; cut += 1) {
      const { migrations, checkpoint } = replay(decodeJournal(write(cut).text).records)
      expect({ cut, migrations, checkpoint }).toEqual({
        cut,
        migrations: [],
        checkpoint: { domains: [] },
      })
    }
    expect(replay(decodeJournal(whole).records)).toMatchObject({
      migrations: [activated(5)],
      checkpoint: { domains: ['web-7'] },
    })
  })

  it('that was synced survives a power cut, and what was only noted may not', () => {
    const storage = write(null)
    const journal = new Journal(storage, () => [])
    journal.note(checkpointRecord(['web-7', 'db-1']))
    storage.cutPower(12)
    const { isTorn, records } = decodeJournal(storage.text)
    expect(isTorn).toBe(true)
    expect(replay(records).checkpoint).toEqual({ domains: ['web-7'] })
  })

  it('of an earlier version, as two records, is still read', () => {
    const old = [identity, { record: 'migration', ...activated(5) }, checkpointRecord(['web-7'])]
    expect(replay(old)).toMatchObject({
      migrations: [activated(5)],
      checkpoint: { domains: ['web-7'] },
    })
  })
})

describe('a promise of the journal', () => {
  it.each([
    ['is kept by the domain at its generation', [activated(5)], 5, true],
    ['is kept by the domain at a later one', [activated(5)], 7, true],
    ['is broken without the domain', [activated(5)], null, false],
    ['is broken by an older copy', [activated(5)], 3, false],
    ['ended when the domain was given away', [activated(5), gone(6)], null, true],
    ['is not ended by an earlier leaving', [gone(4), activated(5)], null, false],
  ])('%s', (_, records, generation, isKept) => {
    expect(findBrokenPromise(records, () => generation) === null).toBe(isKept)
  })
})
