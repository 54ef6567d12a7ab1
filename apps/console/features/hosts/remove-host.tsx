'use client'

import type { Host } from '@drover/api-schema/host.ts'
import { Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useRemoveHost } from '../../client/mutations.ts'
import { useSession } from '../../client/queries.ts'
import { paths } from '../../lib/paths.ts'
import { hostsText } from '../../lib/text/hosts.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.tsx'

/** Forgets a host that is gone for good; offered only once it is not heard any more. */
export function RemoveHost({ host, domainCount }: { host: Host; domainCount: number }) {
  const router = useRouter()
  const isAdmin = useSession()?.role === 'admin'
  const remove = useRemoveHost()
  const [isAsking, setAsking] = useState(false)
  if (host.connection.status !== 'lost') return null
  const confirm = () =>
    remove.mutate(host.hostId, {
      onSuccess: () => {
        showToast({ tone: 'ok', title: hostsText.removed(host.name) })
        router.push(paths.hosts())
      },
      onError: (error) => {
        setAsking(false)
        showToast({ tone: 'critical', title: refusalFrom(error).message })
      },
    })
  return (
    <>
      <Button
        icon={<Trash2 aria-hidden size={14} />}
        disabledReason={isAdmin ? null : hostsText.removeNeedsAdmin}
        onClick={() => setAsking(true)}
      >
        {hostsText.remove}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={hostsText.removeTitle(host.name)}
        body={hostsText.removeBody(host.name, domainCount)}
        confirmLabel={hostsText.removeConfirm}
        isBusy={remove.isPending}
        onConfirm={confirm}
      />
    </>
  )
}
