import type { PolicySet } from '@drover/api-schema/policy-set.ts'
import { Document, isMap, isSeq } from 'yaml'
import { draftOf } from '../draft.ts'
import { textOf } from './fields.ts'

/** All rules as YAML: what is read back means the same. By name, so that two texts can be compared line by line. */
export function writePolicies({ revision, rules }: PolicySet): string {
  const document = new Document({ version: 1, rules: rules.map((rule) => textOf(draftOf(rule))) })
  document.commentBefore = ` Rules of Drover, revision ${revision}`
  const list = document.get('rules')
  if (isSeq(list)) {
    for (const [index, item] of list.items.entries()) {
      if (isMap(item)) item.spaceBefore = index > 0
    }
  }
  return document.toString({ lineWidth: 120 })
}
