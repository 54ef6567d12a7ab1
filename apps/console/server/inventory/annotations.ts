import type { Domain } from '@drover/api-schema/domain.ts'
import type { Host } from '@drover/api-schema/host.ts'
import { displayNameSchema, type Labels, labelsSchema } from '@drover/api-schema/scalars.ts'
import { z } from 'zod'

/** What administrators say of a host or domain in the console; it goes where the domain goes. */
export const annotationSchema = z.object({
  labels: labelsSchema,
  /** Of domains only; null: none, whatever the agent says; absent: what the agent says. */
  application: displayNameSchema.nullable().optional(),
})
export type Annotation = {
  readonly labels: Labels
  readonly application?: string | null | undefined
}
export const noAnnotation: Annotation = { labels: {} }

export function isEmpty({ labels, application }: Annotation): boolean {
  return application === undefined && Object.keys(labels).length === 0
}

/** The fields that are there only when something was said. */
export function ofHost(annotation: Annotation | undefined): Pick<Host, 'consoleLabels'> {
  if (annotation === undefined || Object.keys(annotation.labels).length === 0) return {}
  return { consoleLabels: annotation.labels }
}

export function ofDomain(
  annotation: Annotation | undefined,
): Pick<Domain, 'consoleLabels' | 'consoleApplication'> {
  const application = annotation?.application
  return {
    ...ofHost(annotation),
    ...(application === undefined ? {} : { consoleApplication: application }),
  }
}
