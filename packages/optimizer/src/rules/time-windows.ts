import type { TimeWindow } from '@drover/api-schema/policy.ts'
import {
  minutesOfDay,
  minutesOfWeek,
  type Weekday,
  weekdays,
} from '@drover/api-schema/week-time.ts'

/** Time windows, asked with a minute of the week (Monday 00:00 is 0) on the clocks of the rule's zone. */

const dayName: Record<Weekday, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

/** Minutes until one of the windows opens; 0 when one is open. */
export function minutesUntilOpen(windows: readonly TimeWindow[], minute: number): number {
  let least = minutesOfWeek
  for (const { days, fromMinute, untilMinute } of windows) {
    const length =
      untilMinute > fromMinute ? untilMinute - fromMinute : untilMinute + minutesOfDay - fromMinute
    for (const day of days) {
      const start = weekdays.indexOf(day) * minutesOfDay + fromMinute
      const since = (minute - start + minutesOfWeek) % minutesOfWeek
      if (since < length) return 0
      least = Math.min(least, minutesOfWeek - since)
    }
  }
  return least
}

/** "Sat 22:00–04:00, Sun 00:00–24:00". */
export function describeWindows(windows: readonly TimeWindow[]): string {
  return windows
    .map(({ days, fromMinute, untilMinute }) => {
      const on = days.length === 7 ? 'every day' : days.map((day) => dayName[day]).join(', ')
      return `${on} ${clock(fromMinute)}–${clock(untilMinute)}`
    })
    .join('; ')
}

/** "Sat 22:00" for a minute of the week. */
export function describeMinute(minute: number): string {
  const inWeek = ((minute % minutesOfWeek) + minutesOfWeek) % minutesOfWeek
  const day = weekdays[Math.floor(inWeek / minutesOfDay)] ?? 'mon'
  return `${dayName[day]} ${clock(inWeek % minutesOfDay)}`
}

function clock(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
