import { describe, expect, it } from 'vitest'
import { doTouch, excerptAround, replaceSpan } from './query-text.ts'

describe('a completion in its place', () => {
  it.each([
    ['ti', { start: 0, end: 2 }, 'tier', 'tier |'],
    ['ti = web', { start: 0, end: 2 }, 'tier', 'tier |= web'],
    ['app in ', { start: 7, end: 7 }, '(', 'app in (|'],
    ['a)', { start: 0, end: 1 }, 'all', 'all |)'],
  ])('in “%s” leaves the cursor where one writes on', (text, span, replacement, expected) => {
    const after = replaceSpan(text, span, replacement)
    expect(`${after.text.slice(0, after.cursor)}|${after.text.slice(after.cursor)}`).toBe(expected)
  })
})

describe('the part of a query that is wrong', () => {
  it('is shown with what stands around it', () => {
    expect(excerptAround('tier = wbe', { start: 7, end: 10 })).toEqual({
      before: 'tier = ',
      marked: 'wbe',
      after: '',
    })
  })

  it('is cut out of a long text', () => {
    const long = `${'a'.repeat(100)}XY${'b'.repeat(100)}`
    const { before, marked, after } = excerptAround(long, { start: 100, end: 102 })
    expect([before, marked, after]).toEqual([`…${'a'.repeat(24)}`, 'XY', `${'b'.repeat(24)}…`])
  })

  it('touches the word at whose end one writes, and not one further on', () => {
    expect(doTouch({ start: 0, end: 2 }, { start: 2, end: 2 })).toBe(true)
    expect(doTouch({ start: 0, end: 2 }, { start: 3, end: 4 })).toBe(false)
  })
})
