'use client'
import { useLiveState } from '../../client/hooks.ts'
import type { LiveState } from '../../client/live.ts'
import { classNames } from '../../lib/class-names.ts'
import { shellText } from '../../lib/text/shell.ts'
import { Tooltip } from '../../ui/tooltip.tsx'

const looks: Record<LiveState['status'], { text: string; title: string; dot: string }> = {
  connecting: {
    text: shellText.connecting,
    title: shellText.connectingTitle,
    dot: 'border border-n9',
  },
  live: { text: shellText.live, title: shellText.liveTitle, dot: 'bg-ok' },
  interrupted: {
    text: shellText.interrupted,
    title: shellText.interruptedTitle,
    dot: 'border-2 border-warn',
  },
  'signed-out': {
    text: shellText.interrupted,
    title: shellText.interruptedTitle,
    dot: 'border-2 border-warn',
  },
  outdated: {
    text: shellText.interrupted,
    title: shellText.outdatedBanner,
    dot: 'border-2 border-warn',
  },
  displaced: {
    text: shellText.interrupted,
    title: shellText.displacedBanner,
    dot: 'border-2 border-warn',
  },
}

/** Whether what is on screen is the present. */
export function LiveIndicator() {
  const look = looks[useLiveState().status]
  return (
    <Tooltip text={look.title} side="bottom">
      <button
        type="button"
        aria-label={`${look.text}. ${look.title}`}
        className="flex cursor-default! items-center gap-1.5 text-n10"
      >
        <span aria-hidden="true" className={classNames('size-2 rounded-full', look.dot)} />
        <span className="max-sm:sr-only">{look.text}</span>
      </button>
    </Tooltip>
  )
}
