import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import { Ring } from './ring.tsx'

afterEach(cleanup)

test('says its name and value', () => {
  render(<Ring label="web-7 is 31 % copied" ratio={0.314} />)
  const ring = screen.getByRole('progressbar', { name: 'web-7 is 31 % copied' })
  expect(ring.getAttribute('aria-valuenow')).toBe('31')
})

test('claims no value when none is known', () => {
  render(<Ring label="web-7" ratio={null} />)
  expect(screen.getByRole('progressbar').hasAttribute('aria-valuenow')).toBe(false)
})

test('never leaves 0 to 100', () => {
  render(<Ring label="web-7" ratio={7} />)
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100')
})
