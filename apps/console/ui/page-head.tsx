import { ChevronLeft } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'

/** The top of a page: where one is, what it is about, and what can be done to it. */
export function PageHead({
  title,
  back,
  count,
  badges,
  facts,
  actions,
}: {
  title: string
  /** The list this page came from. */
  back?: { readonly href: string; readonly label: string }
  /** How many there are, beside the title of a list. */
  count?: string
  badges?: ReactNode
  /** One quiet line under the title. */
  facts?: ReactNode
  actions?: ReactNode
}) {
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 pt-4 pb-3">
      <div className="min-w-0 grow">
        {back !== undefined && (
          <Link
            href={back.href}
            className="-ml-1 inline-flex items-center gap-0.5 text-n10 text-xs hover:text-n12"
          >
            <ChevronLeft aria-hidden size={14} />
            {back.label}
          </Link>
        )}
        <div className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1">
          <h1 className="min-w-0 break-words text-xl">{title}</h1>
          {count !== undefined && <span className="text-base text-n10">{count}</span>}
          {badges}
        </div>
        {facts !== undefined && <div className="text-n10 text-sm">{facts}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}

/** A part of a page under a hairline, with its own title. */
export function PageSection({
  title,
  aside,
  children,
}: {
  title: string
  aside?: ReactNode
  children: ReactNode
}) {
  return (
    <section aria-label={title} className="border-t">
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 px-4 pt-2">
        <h2 className="text-base">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
