import { isDeepStrictEqual } from 'node:util'
import { type Refusal, refusal } from '@drover/api-schema/errors.ts'
import type { DomainId, HostId } from '@drover/api-schema/ids.ts'
import { editLabels, type LabelEdit } from '@drover/api-schema/labels.ts'
import type { ManyChanged } from '@drover/api-schema/policy-endpoints.ts'
import { labelsSchema } from '@drover/api-schema/scalars.ts'
import { describeApplication, describeEdit, describeThings } from './annotations-text.ts'
import {
  type Annotation,
  annotationSchema,
  isEmpty,
  noAnnotation,
} from './inventory/annotations.ts'
import type { AnnotationStore } from './store/annotations.ts'

export type Annotations = Awaited<ReturnType<typeof loadAnnotations>>
type ThingId = HostId | DomainId

/** Where the domains are to belong; `undefined` stands for what the agent says. */
export type ApplicationSet = { readonly application: string | null | undefined }

/**
 * What administrators say of hosts and domains: read once, kept in memory, written before it counts. Changes are made one
 * after the other, so that two at once lose nothing.
 */
export async function loadAnnotations(ports: {
  readonly store: AnnotationStore
  readonly now: () => number
  readonly audit: (actor: string, action: string, subject: string, detail: string) => void
  readonly log: { warn(sentence: string, details?: Record<string, unknown>): void }
}) {
  const { store, now, audit, log } = ports
  const known = new Map<ThingId, Annotation>()
  for (const { thingId, document } of await store.list()) {
    const read = annotationSchema.safeParse(document)
    // A uuid column that only ever gets the ids of hosts and domains.
    if (read.success) known.set(thingId as ThingId, read.data)
    else log.warn('Stored labels cannot be read and are left out.', { thingId })
  }
  const listeners: ((said: ReadonlyMap<ThingId, Annotation>) => void)[] = []
  let changes: Promise<unknown> = Promise.resolve()

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = changes.then(run)
    changes = done.catch(() => {})
    return done
  }

  async function write(next: ReadonlyMap<ThingId, Annotation>, by: string): Promise<void> {
    if (next.size === 0) return
    await store.save(
      [...next].map(([thingId, said]) => ({ thingId, document: isEmpty(said) ? null : said })),
      { at: now(), by },
    )
    for (const [thingId, said] of next) {
      if (isEmpty(said)) known.delete(thingId)
      else known.set(thingId, said)
    }
    for (const listener of listeners) listener(next)
  }

  /** Rejects when the database refuses; then nothing has changed. */
  function change(
    things: readonly Thing[],
    make: (before: Annotation, name: string) => Annotation | Refusal,
    { by, said }: { by: string; said: (changed: readonly Change[]) => readonly [string, string] },
  ): Promise<ManyChanged> {
    return inTurn(async () => {
      const refused: { id: string; refusal: Refusal }[] = []
      const changed: Change[] = []
      let unchangedCount = 0
      for (const thing of things) {
        if ('refusal' in thing) {
          refused.push(thing)
          continue
        }
        const { id, name } = thing
        const before = known.get(id) ?? noAnnotation
        const after = make(before, name)
        if ('code' in after) refused.push({ id, refusal: after })
        else if (isDeepStrictEqual(before, after)) unchangedCount += 1
        else changed.push({ id, name, before, after })
      }
      await write(new Map(changed.map(({ id, after }) => [id, after])), by)
      if (changed.length > 0) {
        const [action, detail] = said(changed)
        audit(by, action, describeThings(changed.map(({ name }) => name)), detail)
      }
      return { changedCount: changed.length, unchangedCount, refused }
    })
  }

  return {
    current: (): ReadonlyMap<ThingId, Annotation> => known,

    onChange(listener: (said: ReadonlyMap<ThingId, Annotation>) => void): void {
      listeners.push(listener)
    },

    editLabels: (things: readonly Thing[], edit: LabelEdit, by: string): Promise<ManyChanged> =>
      change(
        things,
        (before, name) => {
          const labels = editLabels(before.labels, edit)
          if (labelsSchema.safeParse(labels).success) return { ...before, labels }
          return refusal(
            'too-many',
            `${name} would have ${Object.keys(labels).length} labels of the console; 64 is the most. Take some away first.`,
          )
        },
        { by, said: (changed) => ['labels-changed', describeEdit(edit, changed)] },
      ),

    setApplication: (
      things: readonly Thing[],
      { application }: ApplicationSet,
      by: string,
    ): Promise<ManyChanged> =>
      change(
        things,
        ({ labels }) => (application === undefined ? { labels } : { labels, application }),
        {
          by,
          said: (changed) => ['application-changed', describeApplication(application, changed)],
        },
      ),

    /** Of things that are gone for good: at once in memory, and then in the database. */
    forget(ids: readonly ThingId[], by: string): Promise<void> {
      const gone = new Map(ids.filter((id) => known.has(id)).map((id) => [id, noAnnotation]))
      for (const id of gone.keys()) known.delete(id)
      for (const listener of listeners) listener(gone)
      return inTurn(() => write(gone, by))
    },
  }
}

/** A host or a domain by its id, or why there is none. */
export type Thing =
  | { readonly id: ThingId; readonly name: string }
  | { readonly id: ThingId; readonly refusal: Refusal }
type Change = {
  readonly id: ThingId
  readonly name: string
  readonly before: Annotation
  readonly after: Annotation
}
