import { aDomain, aHost, domainId, hostId } from '@drover/api-schema/testing/builders.ts'
import { describe, expect, test } from 'vitest'
import type { ArrangedHost } from './arrange.ts'
import {
  cardHeight,
  columnsFor,
  hostInDirection,
  type LayoutInput,
  layoutBoard,
  rowHeight,
  rowOfHost,
} from './board-layout.ts'

function arranged(number: number, domainCount: number): ArrangedHost {
  const domains = Array.from({ length: domainCount }, (_, index) =>
    aDomain({ domainId: domainId(number * 100 + index) }),
  )
  return { host: aHost({ hostId: hostId(number) }), domains, hiddenCount: 0, isMatch: true }
}

function input(overrides: Partial<LayoutInput> = {}): LayoutInput {
  return {
    groups: [
      { key: 'a', title: 'a', hosts: [1, 2, 3, 4, 5].map((number) => arranged(number, number)) },
      { key: 'b', title: 'b', hosts: [arranged(6, 2)] },
    ],
    width: 1000,
    density: 'rows',
    isFolded: () => false,
    arrivalCount: () => 0,
    ...overrides,
  }
}

const desk = (cardWidth: number) => ({ cardWidth, isHeatNamed: false })

describe('layout', () => {
  test('as many columns as fit, and at least one', () => {
    expect([320, 915, 916, 1400, 3699].map((width) => columnsFor(width, 'rows', 200))).toEqual([
      1, 1, 2, 3, 7,
    ])
  })

  test('groups begin a line of their own and every host has one place', () => {
    const layout = layoutBoard(input())
    const lines = layout.rows.map((row) =>
      row.kind === 'group' ? row.group.title : row.hosts.map(({ host }) => host.hostId),
    )
    expect(lines).toEqual([
      'a',
      [hostId(1), hostId(2)],
      [hostId(3), hostId(4)],
      [hostId(5)],
      'b',
      [hostId(6)],
    ])
  })

  test('a line is as high as its tallest card', () => {
    const layout = layoutBoard(input())
    const heights = layout.rows.flatMap((row) => (row.kind === 'hosts' ? [row.height] : []))
    expect(heights[1]! - heights[0]!).toBe(2 * rowHeight)
  })

  test('a domain on its way takes the place of a row; a folded card has none', () => {
    const open = cardHeight(arranged(1, 3), desk(488), input())
    expect(cardHeight(arranged(1, 3), desk(488), input({ arrivalCount: () => 1 }))).toBe(
      open + rowHeight,
    )
    expect(cardHeight(arranged(1, 30), desk(488), input({ isFolded: () => true }))).toBe(
      cardHeight(arranged(1, 0), desk(488), input({ isFolded: () => true })),
    )
  })

  test('a few hosts spread over the width in lines of the same length', () => {
    expect([1, 2, 4, 6, 8].map((hosts) => columnsFor(2340, 'rows', hosts))).toEqual([1, 2, 4, 3, 4])
  })

  test('a wall has everything larger, so fewer and wider cards', () => {
    const few = [1, 2, 3, 4, 5, 6].map((number) => arranged(number, 7))
    const groups = [{ key: '', title: null, hosts: few }]
    const desk = layoutBoard(input({ groups, width: 1600 }))
    const wall = layoutBoard(input({ groups, width: 3600 }))
    expect(wall).toMatchObject({ scale: 1.5, columns: 3 })
    expect(wall.rows[0]?.height).toBe(1.5 * (desk.rows[0]?.height ?? 0))
  })

  test('heat squares have names when all of them can be seen at once, and not with many', () => {
    const heat = (hosts: number, viewHeight: number) =>
      layoutBoard(
        input({
          density: 'heat',
          viewHeight,
          groups: [
            {
              key: '',
              title: null,
              hosts: Array.from({ length: hosts }, (_, index) => arranged(index, 20)),
            },
          ],
        }),
      )
    expect(heat(6, 1000).isHeatNamed).toBe(true)
    expect(heat(200, 1000).isHeatNamed).toBe(false)
    expect(heat(6, 600).isHeatNamed).toBe(false)
    const heightOf = ({ rows }: { rows: readonly { height: number }[] }) =>
      rows.reduce((sum, { height }) => sum + height, 0)
    expect(heightOf(heat(6, 1000))).toBeGreaterThan(heightOf(heat(6, 600)))
  })

  test('an empty card has one line to say so', () => {
    expect(cardHeight(arranged(1, 0), desk(488), input())).toBe(
      cardHeight(arranged(1, 1), desk(488), input()),
    )
  })
})

describe('the way from host to host', () => {
  const layout = layoutBoard(input())
  test.each([
    [1, 'right', 2],
    [2, 'right', 3],
    [3, 'left', 2],
    [1, 'down', 3],
    [4, 'down', 5],
    [5, 'down', 6],
    [6, 'up', 5],
    [1, 'up', 1],
    [1, 'left', 1],
    [6, 'right', 6],
  ] as const)('from %i %s is %i', (from, direction, to) => {
    expect(hostInDirection(layout, hostId(from), direction)).toBe(hostId(to))
  })

  test('the row of a host, for scrolling', () => {
    expect([1, 5, 6, 99].map((number) => rowOfHost(layout, hostId(number)))).toEqual([1, 3, 5, -1])
  })
})
