import { planIdSchema } from '@drover/api-schema/ids.ts'
import { createDrafts } from './drafts.ts'
import { createPlanDriver } from './driver.ts'
import { draftEvacuation } from './evacuate.ts'
import type { Asker, PlanPorts } from './ports.ts'
import { createUndo } from './undo.ts'

export type Plans = Awaited<ReturnType<typeof startPlans>>

/** Ended plans that browsers are shown without asking. */
const shownEnded = 20

/** Drafts, plans and what makes drafts; call after the migrations were recovered. */
export async function startPlans(ports: PlanPorts) {
  const driver = createPlanDriver(ports)
  const drafts = createDrafts({
    ...ports,
    committed: driver.begin,
    findPlan: (draftId) => driver.find(planIdSchema.parse(draftId)),
  })
  const undo = createUndo({ ...ports, drafts, findPlan: driver.find })
  await drafts.load()
  await driver.recover(shownEnded)
  return {
    drafts,
    driver,
    undo,
    list: ports.store.listPlans,
    colleagues: async () => {
      const users = await ports.users.list()
      return users
        .filter(({ role }) => role !== 'viewer')
        .map(({ userId, name, role }) => ({ userId, name, role }))
    },
    evacuate: (
      hostId: Parameters<typeof draftEvacuation>[0],
      wanted: { readonly entersMaintenance: boolean; readonly by: Asker },
    ) => draftEvacuation(hostId, wanted, { ...ports, drafts }),
    /** Stops acting and waits for what is under way. */
    async stop(): Promise<void> {
      await drafts.stop()
      await driver.halt()
    },
  }
}
