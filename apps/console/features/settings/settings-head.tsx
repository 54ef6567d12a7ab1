import type { ReactNode } from 'react'

/** What this part of the settings is for, and its one action. */
export function SettingsHead({ intro, action }: { intro: string; action?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <p className="min-w-0 grow text-n10 text-sm sm:basis-0">{intro}</p>
      {action}
    </div>
  )
}
