'use client'
import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

export type Tab<Id extends string = string> = {
  readonly id: Id
  readonly label: string
  readonly count?: number
  readonly content: ReactNode
}

type Props<Id extends string> = {
  label: string
  tabs: readonly Tab<Id>[]
  value: Id
  onChange: (id: Id) => void
}

export function Tabs<Id extends string>({ label, tabs, value, onChange }: Props<Id>) {
  // Radix hands back one of the values it was given, all of which are an Id.
  return (
    <Radix.Root value={value} onValueChange={(next) => onChange(next as Id)}>
      <Radix.List aria-label={label} className="flex gap-4 overflow-x-auto border-b">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px border-transparent border-b-2 py-2 font-medium text-n10 text-sm whitespace-nowrap hover:text-n12 data-[state=active]:border-accent data-[state=active]:text-n12"
          >
            {tab.label}
            {tab.count !== undefined && <span className="ml-1.5 text-n10">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="pt-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
