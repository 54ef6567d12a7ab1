/** Minutes of a week, Monday 00:00 being 0: what time windows are said in. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

export const minutesOfDay = 24 * 60
export const minutesOfWeek = 7 * minutesOfDay

const weekdayByShortName: Readonly<Record<string, Weekday>> = {
  Mon: 'mon',
  Tue: 'tue',
  Wed: 'wed',
  Thu: 'thu',
  Fri: 'fri',
  Sat: 'sat',
  Sun: 'sun',
}

/** Making one takes 50 µs and a time zone is asked for again and again. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(timeZone, format)
  return format
}

/** Whether this runtime knows the zone, by its IANA name: "UTC", "Europe/Berlin". */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone)
    return true
  } catch {
    // The only way to ask: the constructor throws a RangeError for names it does not know.
    return false
  }
}

/** The minute of the week at `at` (epoch ms) on the clocks of `timeZone`, daylight saving included. */
export function minuteOfWeek(at: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const day = weekdays.indexOf(weekdayByShortName[parts.get('weekday') ?? ''] ?? 'mon')
  return day * minutesOfDay + Number(parts.get('hour')) * 60 + Number(parts.get('minute'))
}
