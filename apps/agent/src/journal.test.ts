import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeJournal,
  encodeLine,
  Journal,
  JournalCorruptError,
  JournalFailedError,
} from './journal.ts'
import { MemoryStorage } from './testing/memory-storage.ts'

const text = (...records: unknown[]) => records.map(encodeLine).join('')

describe('the journal', () => {
  it('gives back what was written, in order', () => {
    const records = [{ a: 1 }, { b: 'ü\n"' }, [null]]
    expect(decodeJournal(text(...records))).toEqual({ records, isTorn: false })
    expect(decodeJournal('')).toEqual({ records: [], isTorn: false })
  })

  it('leaves out a last line that is torn anywhere', () => {
    const whole = text({ a: 1 })
    const torn = text({ b: 'something longer' })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: torn.length - 1 }), (length) => {
        expect(decodeJournal(whole + torn.slice(0, length))).toEqual({
          records: [{ a: 1 }],
          isTorn: true,
        })
      }),
    )
  })

  it('leaves out a last line whose end is there and whose middle is not', () => {
    const torn = text({ b: 'something' }).replace('some', '\0\0\0\0')
    expect(decodeJournal(text({ a: 1 }) + torn)).toEqual({ records: [{ a: 1 }], isTorn: true })
  })

  it('is corrupt, never guessed at, when any other byte is wrong', () => {
    const records = [{ a: 'one' }, { b: 'two' }, { c: 'three' }]
    const written = text(...records)
    const lastLineAt = text(...records.slice(0, 2)).length
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: lastLineAt - 2 }),
        fc.integer({ min: 1, max: 127 }),
        (at, flip) => {
          const code = written.charCodeAt(at)
          const damaged =
            written.slice(0, at) + String.fromCharCode(code ^ flip) + written.slice(at + 1)
          expect(() => decodeJournal(damaged)).toThrow(JournalCorruptError)
        },
      ),
    )
  })

  it('takes nothing more after a write that failed, so what it had stays readable', () => {
    const storage = new MemoryStorage()
    const journal = new Journal(storage, () => [])
    journal.decide({ a: 1 })
    storage.setFull(true)
    expect(() => journal.decide({ b: 'half of this is written' })).toThrow('ENOSPC')
    storage.setFull(false)
    expect(() => journal.decide({ c: 3 })).toThrow(JournalFailedError)
    expect(() => journal.note({ d: 4 })).toThrow(JournalFailedError)
    expect(() => journal.compact()).toThrow(JournalFailedError)
    expect(decodeJournal(storage.text)).toEqual({ records: [{ a: 1 }], isTorn: true })
  })

  it('is rewritten to what is worth keeping when it has grown', () => {
    const storage = new MemoryStorage()
    const journal = new Journal(storage, () => [{ state: 'small' }])
    for (let count = 0; count < 100; count += 1) journal.decide({ filler: 'x'.repeat(10_000) })
    expect(storage.text.length).toBeLessThan(300_000)
    expect(decodeJournal(storage.text).records[0]).toEqual({ state: 'small' })
  })
})
