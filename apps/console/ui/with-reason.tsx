'use client'
import type { ReactElement } from 'react'
import { Tooltip } from './tooltip.tsx'

/** Puts the reason why a control is off on its hover and focus; without a reason, the control alone. */
export function WithReason({
  reason,
  children,
}: {
  reason: string | null | undefined
  children: ReactElement
}) {
  if (reason === null || reason === undefined) return children
  return <Tooltip text={reason}>{children}</Tooltip>
}
