import { aDomain, aHost, testMoment } from '@drover/api-schema/testing/builders.ts'
import { act, cleanup } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { DiskCell, NetworkCell } from './live-cells.tsx'

afterEach(cleanup)

const row = { domain: aDomain(), host: aHost() }

test('the network of a domain is its busier direction in Mbit/s, its disk what it reads and writes', () => {
  const { client, container } = renderInConsole(
    <>
      <NetworkCell row={row} settled={undefined} /> <DiskCell row={row} settled={undefined} />
    </>,
  )
  expect(container.textContent).toBe('– –')
  act(() =>
    client.samples.addDomainHistory(row.domain.domainId, row.host.hostId, {
      metrics: ['net-rx', 'net-tx', 'disk-read', 'disk-write'],
      at: [testMoment],
      values: [[125e3], [375e3], [1024 ** 2], [1024 ** 2]],
    }),
  )
  expect(container.textContent).toBe('3.0Mbit/s 2.0MiB/s')
})

test('in the column by which rows are sorted, it is the figure they are sorted by', () => {
  const { container } = renderInConsole(<NetworkCell row={row} settled={250e3} />)
  expect(container.textContent).toBe('2.0Mbit/s')
})
