import { describe, expect, it } from 'vitest'
import type { SelectorSubject } from './ast.ts'
import { parseSelector } from './parse.ts'
import { printSelector } from './print.ts'

function canonical(text: string, subject: SelectorSubject = 'domain'): string {
  const parsed = parseSelector(text, subject)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return printSelector(parsed.value, subject)
}

/** The text with the fault marked, the sentence, and the text after the suggestion is taken. */
function faultOf(text: string, subject: SelectorSubject = 'domain') {
  const parsed = parseSelector(text, subject)
  if (parsed.ok) throw new Error(`could be read: ${text}`)
  const { span, message, suggestion } = parsed.error
  const { start, end } = span
  return {
    marked: `${text.slice(0, start)}[${text.slice(start, end)}]${text.slice(end)}`,
    message,
    mended: suggestion === null ? null : text.slice(0, start) + suggestion + text.slice(end),
  }
}

describe('what can be read', () => {
  it.each([
    ['os=windows and app in (exchange, sql)', 'os = windows and app in (exchange, sql)'],
    ['host.cores >= 16', 'host.cores >= 16'],
    ['memory > 8 gib', 'memory > 8GiB'],
    ['NOT (a=1 OR b=2)', 'not (a = 1 or b = 2)'],
    ['a=1 and (b=2 and c=3)', 'a = 1 and b = 2 and c = 3'],
    ['a=1 or b=2 and c=3', 'a = 1 or b = 2 and c = 3'],
    ['(a=1 or b=2) and c=3', '(a = 1 or b = 2) and c = 3'],
    ['tier not in(web,db)', 'tier not in (web, db)'],
    ['has rack', 'has rack'],
    ['has host.rack and not has app', 'has host.rack and not has app'],
    ['name ~ web-*', 'name ~ web-*'],
    ['label.name = "a b"', 'label.name = "a b"'],
    ['label.tier = gold', 'tier = gold'],
    ['label.and = "or"', 'label.and = "or"'],
    ['owner = "say \\"hi\\" \\\\"', 'owner = "say \\"hi\\" \\\\"'],
    ['application = sql', 'app = sql'],
    ['host.name = xen-01 and host.pool = a', 'host = xen-01 and pool = a'],
    ['migratable', 'migratable = yes'],
    ['migratable = false', 'migratable = no'],
    ['memory >= 0', 'memory >= 0'],
    ['generation >= 3', 'generation >= 3'],
    ['tier = ""', 'tier = ""'],
    ['  all ', 'all'],
  ])('%s', (text, expected) => {
    expect(canonical(text)).toBe(expected)
    expect(canonical(expected)).toBe(expected)
  })

  it.each([
    ['nic >= 10 Gbit/s and vt', 'nic >= 10Gbit/s and vt = yes'],
    ['host.cores > 8', 'cores > 8'],
    ['xen >= 4.17 and free > 512MiB', 'xen >= 4.17 and memory.free > 512MiB'],
    ['rack in (r1, r2)', 'rack in (r1, r2)'],
    ['features = avx2', 'features = avx2'],
  ])('of hosts: %s', (text, expected) => {
    expect(canonical(text, 'host')).toBe(expected)
  })
})

describe('what cannot be read points at the place, and says what could stand there', () => {
  it.each([
    ['memory > 8', 'memory > [8]', 'memory needs a unit: TiB, GiB, MiB, KiB, B.', 'memory > 8GiB'],
    ['memory > 8GB', 'memory > [8GB]', '“GB” is no unit here; memory is said in', 'memory > 8GiB'],
    ['memory > 8Gbit/s', 'memory > [8Gbit/s]', '“Gbit/s” is no unit of memory', null],
    ['vcpus > 2GiB', 'vcpus > [2GiB]', 'vcpus is a plain number', 'vcpus > 2'],
    ['vcpus = many', 'vcpus = [many]', 'compared with a number, such as 16', null],
    ['memroy > 8GiB', '[memroy] > 8GiB', 'Did you mean memory?', 'memory > 8GiB'],
    ['cores >= 16', '[cores] >= 16', 'of a domain’s host it is host.cores', 'host.cores >= 16'],
    ['(os = linux', '[(]os = linux', 'This bracket is never closed.', null],
    ['os = linux)', 'os = linux[)]', 'This bracket closes nothing.', null],
    ['app in (a, b', 'app in [(]a, b', 'This bracket is never closed.', null],
    ['app in (a b)', 'app in (a [b])', 'separated by commas', 'app in (a ,)'],
    ['app in a', 'app in [a]', 'After “in” comes a list in brackets', null],
    ['os == linux', 'os [==] linux', '“==” is written “=” here.', 'os = linux'],
    ['a = 1 && b = 2', 'a = 1 [&&] b = 2', '“&&” is written “and” here.', 'a = 1 and b = 2'],
    ['!migratable', '[!]migratable', '“!” is written “not” here.', null],
    ['os > linux', 'os [>] linux', 'os is a text; compare it with = != ~ !~.', 'os = linux'],
    ['migratable = maybe', 'migratable = [maybe]', 'migratable is yes or no', null],
    ['os = linux app = sql', 'os = linux [app] = sql', 'An “and” or “or” is missing', null],
    ['os =', 'os =[]', 'After “=” a value is missing.', null],
    ['os = and', 'os = [and]', 'in quotation marks it is a value', 'os = "and"'],
    ['and os = linux', '[and] os = linux', 'Something must stand before “and”.', null],
    ['tier', '[tier]', '“tier” must be compared with something', 'name ~ tier'],
    ['tier gold', 'tier [gold]', 'An operator is missing before “gold”', null],
    ['"web"', '["web"]', 'A text alone selects nothing', 'name ~ "web"'],
    ['name = "web', 'name = ["]web', 'This quotation mark is never closed.', null],
    ['', '[]', 'Something is missing here', null],
    ['a = 1 or', 'a = 1 or[]', 'Something is missing here', null],
    ['has name', 'has [name]', 'Every domain has “name”', null],
    ['größe = 1', '[größe] = 1', 'cannot be a label', null],
    [', a = 1', '[,] a = 1', 'A comma stands between the values', null],
  ])('%s', (text, marked, sentence, mended) => {
    const fault = faultOf(text)
    expect(fault.marked).toBe(marked)
    expect(fault.message).toContain(sentence)
    if (mended !== null) expect(fault.mended).toBe(mended)
  })

  it.each([
    ['app = sql', '[app] = sql', 'belongs to domains'],
    ['xen >= new', 'xen >= [new]', 'versions look like 4.17'],
    ['nic > 8GiB', 'nic > [8GiB]', 'said in Gbit/s'],
    ['nic > 10gbps', 'nic > [10gbps]', '“gbps” is no unit here'],
  ])('of hosts: %s', (text, marked, sentence) => {
    const fault = faultOf(text, 'host')
    expect(fault.marked).toBe(marked)
    expect(fault.message).toContain(sentence)
  })

  it('text that is too long, or too deep', () => {
    expect(faultOf(`name = ${'x'.repeat(3000)}`).message).toContain('at most 2000 characters')
    expect(faultOf(`${'('.repeat(40)}all${')'.repeat(40)}`).message).toContain('32 deep')
    expect(faultOf(`${'not '.repeat(40)}all`).message).toContain('32 deep')
    expect(canonical(`${'('.repeat(32)}all${')'.repeat(32)}`)).toBe('all')
  })
})
