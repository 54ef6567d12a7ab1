import type { Plan } from '@drover/api-schema/plan.ts'
import { aPlan, aPlanStep, domainId, hostId, planId } from '@drover/api-schema/testing/builders.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PlanWorld } from './testing/plan-world.ts'

/** The swap of two full hosts by way of a third. */
function swap(): Plan {
  const step = (domain: number, from: number, to: number, isDetour = false) =>
    aPlanStep({
      domainId: domainId(domain),
      sourceHostId: hostId(from),
      destinationHostId: hostId(to),
      isDetour,
    })
  return aPlan({ steps: [step(1, 1, 3, true), step(2, 2, 1), step(1, 3, 2)] })
}

it('arrives and asks for nothing twice, at whatever calls the console is killed', async () => {
  let deaths = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }), async (kills) => {
      const world = new PlanWorld()
      const plan = swap()
      world.plans.set(plan.planId, plan)
      world.driver.begin(plan)
      const left = [...kills]
      for (let round = 0; round < 12; round++) {
        const next = left.shift()
        if (next !== undefined) world.killAt(next)
        await world.settle()
        if (world.hasDied) {
          deaths++
          await world.restart()
          await world.settle()
        }
        world.complete()
      }
      await world.settle()
      expect(world.wrongs).toEqual([])
      expect(world.plans.get(planId(1))?.state).toMatchObject({ kind: 'ended', outcome: 'done' })
      expect([...world.places.values()]).toEqual([hostId(2), hostId(1)])
      expect(world.migrations.size).toBe(3)
    }),
    { seed: 40_501, numRuns: 60 },
  )
  expect(deaths).toBeGreaterThan(30)
})

it('is paused and says what it waits for when nothing can begin for a minute', async () => {
  const world = new PlanWorld()
  // Both hosts are full, and nothing of this plan makes room.
  const plan = aPlan({ steps: [swap().steps[1] ?? aPlanStep()] })
  world.plans.set(plan.planId, plan)
  world.driver.begin(plan)
  await world.settle()
  expect(world.plans.get(planId(1))?.state.kind).toBe('running')
  for (let minute = 0; minute < 5; minute++) await world.settle()
  expect(world.plans.get(planId(1))?.state).toMatchObject({
    kind: 'paused',
    reason: {
      kind: 'stuck',
      sentence: `No step can begin. web-7 waits for memory on ${hostId(1)}.`,
    },
  })
})
