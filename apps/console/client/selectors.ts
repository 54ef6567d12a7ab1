'use client'
import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import type { Diagnostic, SelectorSubject } from '@drover/optimizer/selector/ast.ts'
import { checkSelector } from '@drover/optimizer/selector/check.ts'
import { type Completions, completeSelector } from '@drover/optimizer/selector/complete.ts'
import { type Vocabulary, vocabularyOf } from '@drover/optimizer/selector/vocabulary.ts'
import { useCallback } from 'react'
import { looksLikeSelector } from './filter-query.ts'
import { useClient } from './provider.tsx'
import { queries } from './queries.ts'

/** The language of selectors beside the fleet as it is now, for fields that are written in it. */
export type SelectorLanguage = {
  readonly complete: (text: string, cursor: number) => Completions
  readonly problemsOf: (text: string) => readonly Diagnostic[]
}

const noDiagnostics: readonly Diagnostic[] = []

/** The fleet is read when something is written and not at every patch: a field does not render because a host does. */
export function useSelectorLanguage(subject: SelectorSubject): SelectorLanguage {
  const { queryClient } = useClient()
  const vocabulary = useCallback(() => {
    const fleet = queryClient.getQueryData(queries.fleet().queryKey)
    return vocabularyFor(fleet?.hosts ?? [], fleet?.domains ?? [])
  }, [queryClient])
  const complete = useCallback(
    (text: string, cursor: number) => completeSelector(text, cursor, subject, vocabulary()),
    [subject, vocabulary],
  )
  const problemsOf = useCallback(
    (text: string) => {
      if (text.trim() === '') return noDiagnostics
      const checked = checkSelector(text, subject, vocabulary())
      return checked.ok ? checked.value.warnings : [checked.error]
    },
    [subject, vocabulary],
  )
  return { complete, problemsOf }
}

const noCompletions: Completions = { span: { start: 0, end: 0 }, items: [] }

/** The same for a search field: plain words are no selector, and nothing is wrong with them. */
export function useFilterLanguage(subject: SelectorSubject): SelectorLanguage {
  const { complete, problemsOf } = useSelectorLanguage(subject)
  return {
    // An empty search field is pressed to write a name; what selectors are like is told by the first letter.
    complete: (text, cursor) => (text.trim() === '' ? noCompletions : complete(text, cursor)),
    problemsOf: (text) => (looksLikeSelector(text) ? problemsOf(text) : noDiagnostics),
  }
}

/** Counting the words of thousands of domains takes some milliseconds; the last fleet's are kept this long. */
const vocabularyMs = 5_000
let known: { readonly vocabulary: Vocabulary; readonly until: number } | undefined

function vocabularyFor(hosts: readonly Host[], domains: readonly Domain[]): Vocabulary {
  const now = performance.now()
  if (known === undefined || now > known.until) {
    known = { vocabulary: vocabularyOf(hosts, domains), until: now + vocabularyMs }
  }
  return known.vocabulary
}
