import { act, cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, test } from 'vitest'
import {
  dismissToast,
  holdToasts,
  retractRefusals,
  retractToast,
  showToast,
  Toaster,
} from './toast.tsx'

afterEach(() => {
  holdToasts(false)
  for (let id = 0; id < 100; id += 1) dismissToast(id)
  cleanup()
})

const titles = () =>
  screen.queryAllByRole('listitem').map((item) => item.querySelector('.font-medium')?.textContent)
const action = { label: 'Undo', long: 'Undo it', onSelect: () => {} }

test('while something is carried toasts wait; then they are all there', () => {
  render(<Toaster />)
  act(() => showToast({ tone: 'ok', title: 'before' }))
  act(() => holdToasts(true))
  expect(titles()).toEqual([])
  act(() => showToast({ tone: 'ok', title: 'meanwhile' }))
  expect(titles()).toEqual([])
  act(() => holdToasts(false))
  expect(titles()).toEqual(['before', 'meanwhile'])
})

test('the same sentence is one toast, with the action that either of them has', () => {
  render(<Toaster />)
  act(() => {
    showToast({ tone: 'ok', title: 'web-7 is on xen-05' })
    showToast({ tone: 'ok', title: 'web-7 is on xen-05', action })
    showToast({ tone: 'ok', title: 'web-7 is on xen-05' })
  })
  expect(titles()).toEqual(['web-7 is on xen-05'])
  expect(screen.getByRole('button', { name: 'Undo' })).toBeDefined()
})

test('a key is one place: the later toast takes it, and it can be taken away', () => {
  render(<Toaster />)
  act(() => {
    showToast({ tone: 'notice', title: 'first', key: 'a' })
    showToast({ tone: 'notice', title: 'other', key: 'b' })
    showToast({ tone: 'notice', title: 'second', key: 'a' })
  })
  expect(titles()).toEqual(['other', 'second'])
  act(() => retractToast('a'))
  expect(titles()).toEqual(['other'])
})

test('what is done after all takes its refusal away, and no other', () => {
  render(<Toaster />)
  act(() => {
    showToast({ tone: 'critical', title: 'web-7 refused', about: ['web-7'] })
    showToast({ tone: 'critical', title: 'mail-1 refused', about: ['mail-1'] })
    showToast({ tone: 'critical', title: 'the disk is full' })
    showToast({ tone: 'ok', title: 'web-7 is fine', about: ['web-7'] })
  })
  act(() => retractRefusals(['web-7']))
  expect(titles()).toEqual(['mail-1 refused', 'the disk is full', 'web-7 is fine'])
  act(() => retractRefusals('all'))
  expect(titles()).toEqual(['the disk is full', 'web-7 is fine'])
})
