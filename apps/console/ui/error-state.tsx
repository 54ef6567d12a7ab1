'use client'
import { CircleAlert } from 'lucide-react'
import { commonText } from '../lib/text/common.ts'
import { Button } from './button.tsx'
import { Message } from './message.tsx'

type Props = { title?: string; message: string; onRetry?: () => void }

/** It could not be shown: the sentence, and another try. */
export function ErrorState({ title = commonText.somethingBroke, message, onRetry }: Props) {
  return (
    <Message
      role="alert"
      icon={<CircleAlert size={28} strokeWidth={1.5} className="text-crit" />}
      title={title}
      body={message}
      action={
        onRetry === undefined ? undefined : <Button onClick={onRetry}>{commonText.retry}</Button>
      }
    />
  )
}
