'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLiveState, useRereadWhenBack } from '../../client/hooks.ts'
import { queries } from '../../client/queries.ts'
import { commonText } from '../../lib/text/common.ts'
import { shellText } from '../../lib/text/shell.ts'
import { Banner } from '../../ui/banner.tsx'
import { Button } from '../../ui/button.tsx'

/** Says so while the console runs without its database. Whether the console itself is there is another banner's matter. */
export function DatabaseBanner() {
  useRereadWhenBack()
  const health = useQuery(queries.health())
  // It is asked all the time; only an answer that somebody waits for is worth a spinner.
  const [isAsking, setAsking] = useState(false)
  const ask = () => {
    setAsking(true)
    void health.refetch().finally(() => setAsking(false))
  }
  const isLive = useLiveState().status === 'live'
  if (health.data?.status !== 'degraded' || health.isError) return null
  return (
    <Banner
      tone="warning"
      action={
        <Button size="sm" isBusy={isAsking} onClick={ask}>
          {commonText.retry}
        </Button>
      }
    >
      {isLive ? shellText.databaseAwayLive : shellText.databaseAway}
    </Banner>
  )
}
