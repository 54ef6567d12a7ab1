import { describe, expect, it } from 'vitest'
import { isTimeZone, minuteOfWeek, minutesOfDay, minutesOfWeek } from './week-time.ts'

describe('the minute of the week', () => {
  it('is 0 on Monday at midnight and runs to the end of Sunday', () => {
    const monday = Date.UTC(2026, 0, 5)
    expect(minuteOfWeek(monday, 'UTC')).toBe(0)
    expect(minuteOfWeek(monday - 1, 'UTC')).toBe(minutesOfWeek - 1)
    expect(minuteOfWeek(monday + 90 * 60_000, 'UTC')).toBe(90)
  })

  it('is by the clocks of the zone, daylight saving included', () => {
    const tuesday = minutesOfDay
    expect(minuteOfWeek(Date.UTC(2026, 0, 6, 12), 'Europe/Berlin')).toBe(tuesday + 13 * 60)
    expect(minuteOfWeek(Date.UTC(2026, 6, 7, 12), 'Europe/Berlin')).toBe(tuesday + 14 * 60)
    expect(minuteOfWeek(Date.UTC(2026, 0, 6, 2), 'America/New_York')).toBe(21 * 60)
  })

  it('is asked for zones that exist', () => {
    expect([isTimeZone('Europe/Berlin'), isTimeZone('UTC')]).toEqual([true, true])
    expect([isTimeZone('Europe/Atlantis'), isTimeZone('')]).toEqual([false, false])
  })
})
