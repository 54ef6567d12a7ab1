'use client'

import type { EnrolmentToken } from '@drover/api-schema/user.ts'
import { useQuery } from '@tanstack/react-query'
import { Ban, CircleCheck, KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useNow, useReadTrouble } from '../../client/hooks.ts'
import { useRevokeEnrolmentToken } from '../../client/mutations.ts'
import { queries } from '../../client/queries.ts'
import { formatAge, formatMoment, formatMomentWithZone } from '../../lib/format.ts'
import { commonText } from '../../lib/text/common.ts'
import { tokensText } from '../../lib/text/settings.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { showToast } from '../../ui/toast.tsx'
import { SettingsHead } from './settings-head.tsx'
import { TokenDialog } from './token-dialog.tsx'

/** What agents need to connect. */
export function TokensPage() {
  const tokens = useQuery(queries.enrolmentTokens())
  const trouble = useReadTrouble(tokens)
  const [isMaking, setMaking] = useState(false)
  const [leaving, setLeaving] = useState<EnrolmentToken | null>(null)
  const make = (
    <Button tone="primary" icon={<Plus aria-hidden size={15} />} onClick={() => setMaking(true)}>
      {tokensText.create}
    </Button>
  )
  const isEmpty = tokens.data?.length === 0
  return (
    <>
      <SettingsHead intro={tokensText.intro} action={isEmpty ? undefined : make} />
      {tokens.data === undefined ? (
        trouble === null ? (
          <ListSkeleton rows={3} />
        ) : (
          <ErrorState
            title={commonText.cannotRead}
            message={trouble.message}
            onRetry={() => void tokens.refetch()}
          />
        )
      ) : isEmpty ? (
        <EmptyState
          icon={<KeyRound size={28} strokeWidth={1.5} />}
          title={tokensText.none}
          body={tokensText.noneHint}
          action={make}
        />
      ) : (
        <TokensTable tokens={tokens.data} onRevoke={setLeaving} />
      )}
      {isMaking && <TokenDialog onClose={() => setMaking(false)} />}
      <RevokeDialog token={leaving} onClose={() => setLeaving(null)} />
    </>
  )
}

function TokenState({ token }: { token: EnrolmentToken }) {
  return token.revokedAt === null ? (
    <Badge tone="ok" look="plain" icon={<CircleCheck aria-hidden size={13} />}>
      {tokensText.active}
    </Badge>
  ) : (
    <Badge
      tone="neutral"
      look="plain"
      icon={<Ban aria-hidden size={13} />}
      title={formatMomentWithZone(token.revokedAt)}
    >
      {tokensText.revoked}
    </Badge>
  )
}

function LastUsed({ at }: { at: number | null }) {
  const now = useNow(10_000)
  if (at === null) return tokensText.neverUsed
  const age = now - at
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMomentWithZone(at)}>
      {age < 3_600_000 ? tokensText.revokedAge(formatAge(age)) : formatMoment(at)}
    </time>
  )
}

function TokensTable({
  tokens,
  onRevoke,
}: {
  tokens: readonly EnrolmentToken[]
  onRevoke: (token: EnrolmentToken) => void
}) {
  const [sort, setSort] = useState<Sort>({ columnId: 'created', direction: 'descending' })
  const revoke = (token: EnrolmentToken) =>
    token.revokedAt === null && (
      <Button
        size="sm"
        tone="quiet"
        aria-label={tokensText.revokeLabel(token.name)}
        onClick={() => onRevoke(token)}
      >
        {tokensText.revoke}
      </Button>
    )
  const columns: readonly Column<EnrolmentToken>[] = [
    {
      id: 'name',
      title: tokensText.name,
      cell: (token) => token.name,
      sortValue: (token) => token.name,
    },
    {
      id: 'state',
      title: tokensText.state,
      cell: (token) => <TokenState token={token} />,
      sortValue: (token) => (token.revokedAt === null ? 0 : 1),
    },
    {
      id: 'used',
      title: tokensText.lastUsed,
      cell: (token) => <LastUsed at={token.lastUsedAt} />,
      sortValue: (token) => token.lastUsedAt,
      firstDirection: 'descending',
    },
    {
      id: 'created',
      title: tokensText.created,
      cell: (token) => formatMoment(token.createdAt),
      sortValue: (token) => token.createdAt,
      firstDirection: 'descending',
    },
    { id: 'by', title: tokensText.createdBy, from: 'wide', cell: (token) => token.createdBy },
    { id: 'actions', title: tokensText.actions, align: 'end', cell: revoke },
  ]
  return (
    <DataTable
      label={tokensText.title}
      rows={tokens}
      columns={columns}
      rowKey={(token) => token.enrolmentTokenId}
      sort={sort}
      onSort={setSort}
      listItem={(token) => (
        <div className="flex items-center gap-3">
          <div className="min-w-0 grow text-n10 text-xs">
            <p className="flex items-center gap-2">
              <span className="truncate font-medium text-n12 text-sm">{token.name}</span>
              <TokenState token={token} />
            </p>
            <p>
              {tokensText.lastUsed}: <LastUsed at={token.lastUsedAt} />
            </p>
          </div>
          {revoke(token)}
        </div>
      )}
    />
  )
}

function RevokeDialog({ token, onClose }: { token: EnrolmentToken | null; onClose: () => void }) {
  const revoke = useRevokeEnrolmentToken()
  const confirm = () => {
    if (token === null) return
    revoke.mutate(token.enrolmentTokenId, {
      onSuccess: () => showToast({ tone: 'ok', title: tokensText.revokedToast(token.name) }),
      onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      onSettled: onClose,
    })
  }
  return (
    <ConfirmDialog
      isOpen={token !== null}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={tokensText.revokeTitle(token?.name ?? '')}
      body={tokensText.revokeBody(token?.name ?? '')}
      confirmLabel={tokensText.revokeConfirm}
      isBusy={revoke.isPending}
      onConfirm={confirm}
    />
  )
}
