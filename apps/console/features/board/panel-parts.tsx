'use client'

import { SquareArrowOutUpRight, X } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Maybe } from '../../lib/format.ts'
import { boardText } from '../../lib/text/board.ts'
import { commonText } from '../../lib/text/common.ts'
import { buttonClass } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Meter } from '../../ui/meter.tsx'

export function PanelHead({
  title,
  mark,
  actions,
  onClose,
}: {
  title: string
  mark?: ReactNode
  actions?: ReactNode
  onClose: () => void
}) {
  return (
    <header className="flex min-h-11 items-center gap-2 border-b px-4">
      <h2 className="truncate text-base">{title}</h2>
      {mark}
      <span className="ml-auto flex items-center">
        {actions}
        <IconButton
          label={boardText.closeInspector}
          icon={<X size={16} />}
          size="sm"
          onClick={onClose}
          shortcut="i"
        />
      </span>
    </header>
  )
}

export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[104px_minmax(0,1fr)] gap-x-3 gap-y-1.5 px-4 py-3 text-sm">
      {children}
    </dl>
  )
}

export function Fact({
  name,
  children,
  title,
}: {
  name: string
  children: ReactNode
  title?: string
}) {
  return (
    <>
      <dt className="text-n10">{name}</dt>
      <dd title={title} className="min-w-0 break-words text-n12">
        {children}
      </dd>
    </>
  )
}

export function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels)
  if (entries.length === 0) return commonText.none
  return (
    <span className="flex flex-wrap gap-1">
      {entries.map(([key, value]) => (
        <span key={key} className="rounded-xs bg-n4 px-1.5 font-mono text-2xs leading-4.5">
          {`${key}=${value}`}
        </span>
      ))}
    </span>
  )
}

export function LiveMeter({
  label,
  ratio,
  text,
  thresholds,
}: {
  label: string
  ratio: Maybe
  text: string
  thresholds?: readonly number[]
}) {
  return (
    <div className="grid grid-cols-[104px_minmax(0,1fr)_56px] items-center gap-3">
      <span className="text-n10">{label}</span>
      <Meter
        label={label}
        ratio={ratio}
        valueText={text}
        {...(thresholds === undefined ? {} : { thresholds })}
      />
      <span className="text-right text-n12">{text}</span>
    </div>
  )
}

export function PageLink({ href }: { href: string }) {
  return (
    <Link href={href} className={buttonClass('neutral', 'sm')}>
      <SquareArrowOutUpRight size={14} aria-hidden="true" />
      {boardText.openPage}
    </Link>
  )
}
