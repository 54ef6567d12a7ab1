'use client'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration, MigrationState } from '@drover/api-schema/migration.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useFleetPart } from '../../client/queries.ts'
import { announce } from '../../ui/announcer.tsx'
import { showToast } from '../../ui/toast.tsx'
import { groupNoticeOf } from './group-notice.ts'
import { noticeOf } from './migration-notice.ts'

/** Tells what became of migrations that were open while this page was: a toast at the end, three announcements at most. */
export function MigrationNotices() {
  const migrations = useFleetPart((index) => index.fleet.migrations)
  const queryClient = useQueryClient()
  const phases = useRef<Map<MigrationId, MigrationState['phase']> | null>(null)
  useEffect(() => {
    if (migrations === undefined) return
    const before = phases.current
    phases.current = new Map(
      migrations.map((migration) => [migration.migrationId, migration.state.phase]),
    )
    // What is there when the page opens is not news.
    if (before === null) return
    const sentences: string[] = []
    const ended = migrations.filter((migration) =>
      tell(migration, before.get(migration.migrationId) ?? null, sentences),
    )
    for (const group of groupsOf(ended, migrations)) tellGroup(group, sentences)
    // A screen reader says the last thing it is told, so all that is news is told at once.
    if (sentences.length > 0) announce(sentences.join(' '))
    if (ended.length > 0) void queryClient.invalidateQueries({ queryKey: ['ended-migrations'] })
  }, [migrations, queryClient])
  return null
}

/** All members of the groups that some of these belong to. */
function groupsOf(ended: readonly Migration[], all: readonly Migration[]): Migration[][] {
  const ids = new Set(ended.flatMap(({ groupId }) => groupId ?? []))
  return [...ids].map((id) => all.filter(({ groupId }) => groupId === id))
}

function tellGroup(members: readonly Migration[], sentences: string[]): void {
  const notice = groupNoticeOf(members)
  if (notice === null) return
  showToast(notice)
  sentences.push(`${notice.title}.`)
}

/** True when the migration has just ended; what is to be said of it is added to the sentences. */
function tell(
  migration: Migration,
  before: MigrationState['phase'] | null,
  sentences: string[],
): boolean {
  const notice = noticeOf(migration, before)
  if (notice === null) return false
  if (notice.kind === 'announcement') {
    sentences.push(notice.sentence)
    return false
  }
  // One of many that arrived or was stopped is news only with the others; one that failed needs somebody.
  if (migration.groupId !== null && migration.state.phase !== 'failed') return true
  showToast({ tone: notice.tone, title: notice.title, lines: notice.lines })
  sentences.push([notice.title, ...notice.lines].join('. '))
  return true
}
