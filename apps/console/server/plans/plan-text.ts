import type { Plan } from '@drover/api-schema/plan.ts'

/** The word of the audit log for how a plan ended. */
export function auditOfEnd({ state }: Plan): 'done' | 'stopped' | 'failed' {
  return state.kind === 'ended' ? state.outcome : 'done'
}

/** A name for a draft that Drover makes; names have an end. */
export function draftName(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119).trimEnd()}…`
}

export function sentenceOfEnd({ state }: Plan): string {
  return state.kind === 'ended' ? state.sentence : ''
}

/** Why it is paused, as in the audit log. */
export function sentenceOfPause({ state, steps }: Plan): string {
  if (state.kind !== 'paused') return ''
  const { reason } = state
  switch (reason.kind) {
    case 'asked':
      return `${reason.by} asked for it.`
    case 'stuck':
      return reason.sentence
    case 'step-failed': {
      const failed = steps[reason.stepIndex]
      return failed?.state.kind === 'failed' ? failed.state.refusal.message : ''
    }
  }
}
