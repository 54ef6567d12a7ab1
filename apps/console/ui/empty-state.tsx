import { Inbox } from 'lucide-react'
import type { ReactNode } from 'react'
import { Message } from './message.tsx'

type Props = { title: string; body?: ReactNode; action?: ReactNode; icon?: ReactNode }

/** Nothing here, and the next step. */
export function EmptyState({
  icon = <Inbox size={28} strokeWidth={1.5} />,
  title,
  body,
  action,
}: Props) {
  return <Message icon={icon} title={title} body={body} action={action} role="status" />
}
