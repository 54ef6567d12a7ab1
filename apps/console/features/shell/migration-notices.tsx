'use client'
import type { MigrationId } from '@drover/api-schema/ids.ts'
import type { Migration, MigrationState } from '@drover/api-schema/migration.ts'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useFleetPart } from '../../client/queries.ts'
import { announce } from '../../ui/announcer.tsx'
import { showToast } from '../../ui/toast.tsx'
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
    // A screen reader says the last thing it is told, so all that is news is told at once.
    if (sentences.length > 0) announce(sentences.join(' '))
    if (ended.length > 0) void queryClient.invalidateQueries({ queryKey: ['ended-migrations'] })
  }, [migrations, queryClient])
  return null
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
  showToast({ tone: notice.tone, title: notice.title, lines: notice.lines })
  sentences.push([notice.title, ...notice.lines].join('. '))
  return true
}
