import { cleanup, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type QueryCompletions, QueryField } from './query-field.tsx'
import type { QueryProblem } from './query-problem.tsx'
import { TooltipProvider } from './tooltip.tsx'

class NoLayout {
  observe() {}
  unobserve() {}
  disconnect() {}
}
beforeEach(() => {
  // jsdom lays nothing out; what floats asks how large it is.
  vi.stubGlobal('ResizeObserver', NoLayout)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const words = ['apple', 'apricot', 'banana']

/** A language of fruits: each word of the text must be one. */
function complete(text: string, cursor: number): QueryCompletions {
  const start = text.lastIndexOf(' ', cursor - 1) + 1
  const written = text.slice(start, cursor)
  const items = words.filter((word) => word.startsWith(written) && word !== written)
  return { span: { start, end: cursor }, items: items.map((word) => ({ text: word, what: '' })) }
}
function problemsOf(text: string): QueryProblem[] {
  return [...text.matchAll(/\S+/g)]
    .filter(([word]) => !words.includes(word))
    .map((match) => ({
      severity: 'error',
      span: { start: match.index, end: match.index + match[0].length },
      message: `${match[0]} is no fruit.`,
      suggestion: match[0] === 'aple' ? 'apple' : null,
    }))
}

function Form({ initial = '', readOnlyReason }: { initial?: string; readOnlyReason?: string }) {
  const [value, setValue] = useState(initial)
  return (
    <TooltipProvider>
      <QueryField
        label="Fruits"
        value={value}
        onChange={setValue}
        complete={complete}
        problems={problemsOf(value)}
        readOnlyReason={readOnlyReason}
      />
      <button type="button">Next</button>
    </TooltipProvider>
  )
}

const field = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Fruits' })
const active = () => {
  const id = field().getAttribute('aria-activedescendant')
  return id === null ? null : document.getElementById(id)?.textContent
}

describe('completion by keyboard', () => {
  test('while a word is unfinished its best completion is marked, and Tab takes it', async () => {
    render(<Form />)
    await userEvent.type(field(), 'ap')
    expect(screen.getByRole('listbox', { name: /Fruits/ })).toBeTruthy()
    expect(active()).toBe('apple')
    expect(screen.getByRole('option', { name: 'apple' }).getAttribute('aria-selected')).toBe('true')
    await userEvent.tab()
    expect(field().value).toBe('apple ')
    expect(document.activeElement).toBe(field())
  })

  test('arrows go through the list and around, Enter takes what is marked', async () => {
    render(<Form />)
    await userEvent.type(field(), 'a{ArrowDown}')
    expect(active()).toBe('apricot')
    await userEvent.keyboard('{ArrowDown}')
    expect(active()).toBe('apple')
    await userEvent.keyboard('{ArrowUp}{Enter}')
    expect(field().value).toBe('apricot ')
  })

  test('Escape closes the list and keeps what is written; an arrow opens it again', async () => {
    render(<Form />)
    await userEvent.type(field(), 'ap{Escape}')
    expect(screen.queryByRole('listbox')).toBeNull()
    expect(field().value).toBe('ap')
    await userEvent.keyboard('{ArrowDown}')
    expect(screen.getByRole('listbox')).toBeTruthy()
  })

  test('a text that is right is left with Tab, however much could follow', async () => {
    render(<Form initial="apple" />)
    await userEvent.click(field())
    await userEvent.keyboard(' ')
    expect(screen.getByRole('listbox')).toBeTruthy()
    expect(active()).toBeNull()
    await userEvent.tab()
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Next' }))
    expect(screen.queryByRole('listbox')).toBeNull()
  })

  test('a press takes an option and the focus stays', async () => {
    render(<Form />)
    await userEvent.click(field())
    await userEvent.click(screen.getByRole('option', { name: 'banana' }))
    expect(field().value).toBe('banana ')
    expect(document.activeElement).toBe(field())
  })

  test('a word in the middle is completed in its place', async () => {
    render(<Form initial="b apple" />)
    await userEvent.click(field())
    field().setSelectionRange(1, 1)
    await userEvent.keyboard('a')
    expect(active()).toBe('banana')
    await userEvent.keyboard('{Enter}')
    expect(field().value).toBe('banana apple')
    expect(field().selectionStart).toBe(7)
  })
})

describe('what is wrong', () => {
  test('is marked at its place, said with the field, and mended with one press', async () => {
    const { container } = render(<Form initial="banana aple" />)
    expect(container.querySelector('mark')?.textContent).toBe('aple')
    expect(field().getAttribute('aria-invalid')).toBe('true')
    const said = (field().getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent)
    expect(said.join(' ')).toContain('aple is no fruit. At character 8.')
    await userEvent.click(screen.getByRole('button', { name: 'Write apple' }))
    expect(field().value.trim()).toBe('banana apple')
    expect(container.querySelector('mark')).toBeNull()
  })

  test('is not said of the word that is being written', async () => {
    const { container } = render(<Form />)
    await userEvent.type(field(), 'ap')
    expect(container.querySelector('mark')).toBeNull()
    await userEvent.keyboard('x')
    expect(container.querySelector('mark')?.textContent).toBe('apx')
  })

  test('a field that may not be changed says why and offers nothing', async () => {
    render(<Form initial="aple" readOnlyReason="Only cooks change this." />)
    await userEvent.click(field())
    await userEvent.keyboard('x{ArrowDown}')
    expect(field().value).toBe('aple')
    expect(screen.queryByRole('listbox')).toBeNull()
    expect(screen.queryByRole('button', { name: 'Write apple' })).toBeNull()
    expect(screen.getByText('Only cooks change this.')).toBeTruthy()
  })
})
