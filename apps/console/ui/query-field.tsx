'use client'
import { Popover as Radix } from 'radix-ui'
import {
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { classNames } from '../lib/class-names.ts'
import { commonText } from '../lib/text/common.ts'
import { optionId, type QueryOption, QueryOptions } from './query-options.tsx'
import { type QueryProblem, QueryProblemLine } from './query-problem.tsx'
import { doTouch, replaceSpan, type TextSpan } from './query-text.ts'
import { inputClass } from './text-field.tsx'

export type QueryCompletions = {
  /** What a choice replaces: the word at the cursor. */
  readonly span: TextSpan
  /** Best first. */
  readonly items: readonly QueryOption[]
}

type Props = {
  label: string
  isLabelHidden?: boolean
  hint?: string | undefined
  placeholder?: string | undefined
  value: string
  onChange: (value: string) => void
  complete: (text: string, cursor: number) => QueryCompletions
  /** Where the text is wrong or means nothing; the first error is shown, else the first warning. */
  problems: readonly QueryProblem[]
  /** A sentence instead: the text must not be empty. */
  error?: string | null | undefined
  /** A sentence: the field shows its text, is not changed, and says why. */
  readOnlyReason?: string | null | undefined
  /** In the field, before and after the text. */
  before?: ReactNode
  after?: ReactNode
  inputClassName?: string | undefined
  /** The element where the page itself shows the problem: for fields in a toolbar, under which there is no room. */
  problemId?: string | undefined
  /** Escape while no list is open. */
  onEscape?: () => void
  ref?: Ref<HTMLInputElement>
}

/**
 * A line of a small language with completion. Arrows go through the list, Tab and Enter take what is marked, Escape closes. A
 * word is marked by itself only while what is written cannot stand as it is; so Tab leaves a field that is right.
 */
export function QueryField(props: Props) {
  const { label, isLabelHidden = false, hint, value, problems, error, readOnlyReason } = props
  const id = useId()
  const combobox = useCombobox(props, id)
  const { isListed, completions } = combobox
  const shown = problems.find(({ severity }) => severity === 'error') ?? problems[0]
  // What is still being written is not wrong yet.
  const isAtWork = isListed && shown !== undefined && doTouch(shown.span, completions.span)
  const problem = shown === undefined || isAtWork || value === '' ? null : shown
  const hasError = problem?.severity === 'error' || (error ?? null) !== null
  const note = readOnlyReason ?? hint
  const about = [
    note !== undefined && `${id}-hint`,
    problem !== null && (props.problemId ?? `${id}-problem`),
    (error ?? null) !== null && `${id}-error`,
  ].filter((part) => part !== false)
  return (
    <div className="relative flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={isLabelHidden ? 'sr-only' : 'font-medium text-n11 text-sm'}>
        {label}
      </label>
      <Radix.Root open={isListed} onOpenChange={(isOpen) => !isOpen && combobox.close()}>
        <Radix.Anchor asChild>
          <div className="relative" ref={combobox.anchor}>
            {props.before}
            <input
              {...combobox.inputProps}
              aria-invalid={hasError || undefined}
              aria-describedby={about.length === 0 ? undefined : about.join(' ')}
              className={classNames(inputClass, 'font-mono text-xs', props.inputClassName)}
            />
            {props.after}
          </div>
        </Radix.Anchor>
        {isListed && (
          <QueryOptions
            id={combobox.listId}
            label={commonText.completions(label)}
            options={completions.items}
            activeIndex={combobox.activeIndex}
            onActivate={combobox.activate}
            onChoose={combobox.choose}
            isAnchor={combobox.isAnchor}
          />
        )}
      </Radix.Root>
      {note !== undefined && (
        <p id={`${id}-hint`} className="text-n10 text-xs">
          {note}
        </p>
      )}
      {problem !== null && props.problemId === undefined && (
        <QueryProblemLine
          id={`${id}-problem`}
          text={value}
          problem={problem}
          onSuggestion={
            (readOnlyReason ?? null) === null
              ? (suggestion) => combobox.write(problem.span, suggestion)
              : undefined
          }
        />
      )}
      {(error ?? null) !== null && (
        <p id={`${id}-error`} className="text-crit text-xs">
          {error}
        </p>
      )}
    </div>
  )
}

const noCompletions: QueryCompletions = { span: { start: 0, end: 0 }, items: [] }

/** The state of the field: where the cursor is, whether the list is open, what in it is active. */
function useCombobox(props: Props, id: string) {
  const { value, onChange, complete, problems, placeholder, onEscape } = props
  const isReadOnly = (props.readOnlyReason ?? null) !== null
  const input = useRef<HTMLInputElement>(null)
  const anchor = useRef<HTMLDivElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [cursor, setCursor] = useState(value.length)
  /** By hand, with the arrows or the pointer; `auto`: what fits best, if it is needed. */
  const [chosen, setChosen] = useState<number | 'auto'>('auto')
  const nextCursor = useRef<number | null>(null)
  useLayoutEffect(() => {
    if (nextCursor.current === null) return
    input.current?.setSelectionRange(nextCursor.current, nextCursor.current)
    nextCursor.current = null
  })
  const completions = isOpen ? complete(value, cursor) : noCompletions
  const { span, items } = completions
  const isListed = isOpen && items.length > 0 && !isReadOnly
  const isNeeded = span.start < span.end && problems.some((problem) => doTouch(problem.span, span))
  const index = chosen === 'auto' ? (isNeeded ? 0 : null) : Math.min(chosen, items.length - 1)
  const activeIndex = isListed ? index : null
  const listId = `${id}-list`

  const write = (at: TextSpan, text: string) => {
    const next = replaceSpan(value, at, text)
    nextCursor.current = next.cursor
    setCursor(next.cursor)
    setChosen('auto')
    onChange(next.text)
    input.current?.focus()
  }
  const choose = (option: QueryOption) => {
    setOpen(true)
    write(span, option.text)
  }
  const move = (event: KeyboardEvent, by: 1 | -1) => {
    event.preventDefault()
    if (!isListed) setOpen(true)
    else if (index === null) setChosen(by === 1 ? 0 : items.length - 1)
    else setChosen((index + by + items.length) % items.length)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || isReadOnly) return
    const active = activeIndex === null ? undefined : items[activeIndex]
    if (event.key === 'ArrowDown') move(event, 1)
    else if (event.key === 'ArrowUp') move(event, -1)
    else if (event.key === 'Escape' && !isListed && !event.defaultPrevented) onEscape?.()
    else if ((event.key === 'Tab' && !event.shiftKey) || event.key === 'Enter') {
      if (active === undefined) return
      event.preventDefault()
      choose(active)
    }
  }
  return {
    anchor,
    completions,
    isListed,
    activeIndex,
    listId,
    choose,
    write,
    activate: setChosen,
    close: () => setOpen(false),
    isAnchor: (target: EventTarget | null) =>
      target instanceof Node && anchor.current?.contains(target) === true,
    inputProps: {
      ref: (element: HTMLInputElement | null) => {
        input.current = element
        if (typeof props.ref === 'function') props.ref(element)
        else if (props.ref !== null && props.ref !== undefined) props.ref.current = element
      },
      id,
      type: 'text',
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-expanded': isListed,
      'aria-controls': isListed ? listId : undefined,
      'aria-activedescendant': activeIndex === null ? undefined : optionId(listId, activeIndex),
      autoComplete: 'off',
      autoCapitalize: 'none',
      spellCheck: false,
      readOnly: isReadOnly,
      placeholder,
      value,
      onKeyDown,
      onBlur: () => setOpen(false),
      onClick: () => setOpen(true),
      onSelect: (event: { currentTarget: HTMLInputElement }) =>
        setCursor(event.currentTarget.selectionStart ?? value.length),
      onChange: (event: { target: HTMLInputElement }) => {
        setOpen(true)
        setChosen('auto')
        setCursor(event.target.selectionStart ?? event.target.value.length)
        onChange(event.target.value)
      },
    } as const,
  }
}
