'use client'

import type { User } from '@drover/api-schema/user.ts'
import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { refusalFrom } from '../../client/api.ts'
import { useReadTrouble } from '../../client/hooks.ts'
import { useRemoveUser } from '../../client/mutations.ts'
import { queries, useSession } from '../../client/queries.ts'
import { formatMoment } from '../../lib/format.ts'
import { commonText, roleText } from '../../lib/text/common.ts'
import { roleMeaning, usersText } from '../../lib/text/settings.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { ListSkeleton } from '../../ui/list-skeleton.tsx'
import type { Sort } from '../../ui/sort-rows.ts'
import { showToast } from '../../ui/toast.tsx'
import { SettingsHead } from './settings-head.tsx'
import { UserDialog, type UserDialogSubject } from './user-dialog.tsx'
import { refuseLastAdmin } from './user-fields.ts'

/** Who can sign in, and what each may do. */
export function UsersPage() {
  const users = useQuery(queries.users())
  const trouble = useReadTrouble(users)
  const [subject, setSubject] = useState<UserDialogSubject | null>(null)
  const [leaving, setLeaving] = useState<User | null>(null)
  return (
    <>
      <SettingsHead
        intro={usersText.intro}
        action={
          <Button
            tone="primary"
            icon={<UserPlus aria-hidden size={15} />}
            onClick={() => setSubject({ mode: 'new' })}
          >
            {usersText.add}
          </Button>
        }
      />
      {users.data === undefined ? (
        trouble === null ? (
          <ListSkeleton rows={3} />
        ) : (
          <ErrorState
            title={commonText.cannotRead}
            message={trouble.message}
            onRetry={() => void users.refetch()}
          />
        )
      ) : (
        <UsersTable
          users={users.data}
          onEdit={(user) => setSubject({ mode: 'change', user })}
          onRemove={setLeaving}
        />
      )}
      {subject !== null && <UserDialog subject={subject} onClose={() => setSubject(null)} />}
      <RemoveDialog user={leaving} onClose={() => setLeaving(null)} />
    </>
  )
}

function UsersTable({
  users,
  onEdit,
  onRemove,
}: {
  users: readonly User[]
  onEdit: (user: User) => void
  onRemove: (user: User) => void
}) {
  const me = useSession()?.userId
  const [sort, setSort] = useState<Sort>({ columnId: 'name', direction: 'ascending' })
  const actions = (user: User) => (
    <span className="inline-flex gap-1">
      <Button
        size="sm"
        tone="quiet"
        aria-label={usersText.editLabel(user.name)}
        onClick={() => onEdit(user)}
      >
        {usersText.edit}
      </Button>
      <Button
        size="sm"
        tone="quiet"
        aria-label={usersText.removeLabel(user.name)}
        disabledReason={refuseLastAdmin(user, users)}
        onClick={() => onRemove(user)}
      >
        {usersText.remove}
      </Button>
    </span>
  )
  const name = (user: User) => (
    <>
      {user.name} {user.userId === me && <Badge tone="neutral">{usersText.you}</Badge>}
    </>
  )
  const columns: readonly Column<User>[] = [
    { id: 'name', title: usersText.name, cell: name, sortValue: (user) => user.name },
    {
      id: 'email',
      title: usersText.email,
      cell: (user) => user.email,
      sortValue: (user) => user.email,
    },
    {
      id: 'role',
      title: usersText.role,
      cell: (user) => <span title={roleMeaning[user.role]}>{roleText[user.role]}</span>,
      sortValue: (user) => user.role,
    },
    {
      id: 'since',
      title: usersText.since,
      from: 'wide',
      cell: (user) => formatMoment(user.createdAt),
      sortValue: (user) => user.createdAt,
    },
    { id: 'actions', title: usersText.actions, align: 'end', cell: actions },
  ]
  return (
    <DataTable
      label={usersText.title}
      rows={users}
      columns={columns}
      rowKey={(user) => user.userId}
      sort={sort}
      onSort={setSort}
      listItem={(user) => (
        <div className="flex flex-wrap items-center gap-x-3">
          <div className="min-w-0 grow text-n10 text-xs">
            <p className="font-medium text-n12 text-sm">{name(user)}</p>
            <p className="truncate">{user.email}</p>
            <p>{roleText[user.role]}</p>
          </div>
          {actions(user)}
        </div>
      )}
    />
  )
}

function RemoveDialog({ user, onClose }: { user: User | null; onClose: () => void }) {
  const me = useSession()?.userId
  const remove = useRemoveUser()
  const confirm = () => {
    if (user === null) return
    remove.mutate(user.userId, {
      onSuccess: () => showToast({ tone: 'ok', title: usersText.removed(user.name) }),
      onError: (error) => showToast({ tone: 'critical', title: refusalFrom(error).message }),
      onSettled: onClose,
    })
  }
  return (
    <ConfirmDialog
      isOpen={user !== null}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={usersText.removeTitle(user?.name ?? '')}
      body={
        user === null
          ? ''
          : usersText.removeBody(user.name, user.email) +
            (user.userId === me ? usersText.removeSelf : '')
      }
      confirmLabel={usersText.removeConfirm}
      isBusy={remove.isPending}
      onConfirm={confirm}
    />
  )
}
