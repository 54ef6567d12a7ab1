'use client'
import { useEffect, useState } from 'react'
import { useLiveState } from '../../client/hooks.ts'
import { useClient } from '../../client/provider.tsx'
import { formatAge } from '../../lib/format.ts'
import { shellText } from '../../lib/text/shell.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'

/** A short interruption is not worth a line that moves the page. */
const patienceMs = 1500

/** Says so when the picture is not live, how old it is, and what happens next. */
export function ConnectionBanner() {
  const state = useLiveState()
  const { live } = useClient()
  if (state.status === 'outdated') {
    return (
      <Banner
        tone="warning"
        action={
          <Button size="sm" onClick={() => window.location.reload()}>
            {shellText.reload}
          </Button>
        }
      >
        {shellText.outdatedBanner}
      </Banner>
    )
  }
  if (state.status === 'displaced') {
    return (
      <Banner
        tone="warning"
        action={
          <Button size="sm" onClick={() => live.start()}>
            {shellText.followAgain}
          </Button>
        }
      >
        {shellText.displacedBanner}
      </Banner>
    )
  }
  if (state.status !== 'interrupted') return null
  return <Interrupted sinceAt={state.sinceAt} retryAt={state.retryAt} />
}

function Interrupted({ sinceAt, retryAt }: { sinceAt: number; retryAt: number }) {
  const { live } = useClient()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  if (now - sinceAt < patienceMs) return null
  return (
    <Banner
      tone="warning"
      action={
        <Button size="sm" onClick={() => live.hurry()}>
          {shellText.retryNow}
        </Button>
      }
    >
      {shellText.offlineBanner(formatAge(now - sinceAt), formatAge(retryAt - now))}
    </Banner>
  )
}
