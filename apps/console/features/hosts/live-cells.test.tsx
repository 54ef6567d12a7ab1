import { aHost, hostId, testMoment } from '@drover/api-schema/testing/builders.ts'
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { renderInConsole } from '../../testing/render-in-console.tsx'
import { NetworkCell } from './live-cells.tsx'

afterEach(cleanup)

test('the network of a host is its busier direction in Mbit/s, against its link', () => {
  const { client, container } = renderInConsole(<NetworkCell host={aHost()} settled={undefined} />)
  expect(container.textContent).toBe('–')
  act(() =>
    client.samples.addHostHistory(hostId(1), {
      metrics: ['net-rx', 'net-tx'],
      at: [testMoment],
      values: [[25e6], [50e3]],
    }),
  )
  expect(container.textContent).toBe('200Mbit/s')
  const meter = screen.getByRole('meter', { name: 'xen-01 Network' })
  expect(meter.getAttribute('aria-valuetext')?.replaceAll('\u00a0', ' ')).toBe(
    '200 Mbit/s of 1.0 Gbit/s',
  )
  expect(meter.getAttribute('aria-valuenow')).toBe('20')
})
