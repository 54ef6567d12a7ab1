'use client'

import { Check, Copy } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from './button.tsx'

type Words = {
  readonly label: string
  /** The button's accessible name, and the word on it. */
  readonly copy: string
  readonly copyShort: string
  readonly copied: string
  /** Said when the browser refuses; the text stays selected. */
  readonly failed: string
}

/** A text to take along: shown whole, selected on focus, copied by the button. */
export function CopyField({ words, value, hint }: { words: Words; value: string; hint?: string }) {
  const id = useId()
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setOutcome('copied')
    } catch {
      setOutcome('failed')
    }
  }
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-n11 text-sm">
        {words.label}
      </label>
      <div className="flex items-start gap-2">
        <textarea
          id={id}
          readOnly
          rows={Math.min(4, Math.ceil(value.length / 52))}
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          className="min-w-0 grow resize-none rounded-md border border-n6 bg-n1 px-2.5 py-1.5 font-mono text-n12 text-xs leading-5 [overflow-wrap:anywhere]"
        />
        <Button
          onClick={() => void copy()}
          icon={
            outcome === 'copied' ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />
          }
          aria-label={words.copy}
        >
          {outcome === 'copied' ? words.copied : words.copyShort}
        </Button>
      </div>
      <p role="status" className="text-n10 text-xs">
        {outcome === 'failed' ? words.failed : hint}
      </p>
    </div>
  )
}
