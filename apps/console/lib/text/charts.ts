/** Words of the charts and tables in `ui/`, which know no domain. */
export const chartText = {
  now: 'now',
  minimum: 'min',
  average: 'avg',
  maximum: 'max',
  showTable: 'Show as table',
  showChart: 'Show as chart',
  time: 'Time',
  loading: 'Loading readings…',
  noReadings: 'No readings yet',
  noReadingsHint: 'They appear a second after the host sends its first sample.',
  unknown: 'unknown',
  minutesAgo: (minutes: number) => `−${minutes} min`,
  secondsAgo: (seconds: number) => `−${seconds} s`,
  /** "CPU: now 31 %, minimum 3 %, average 18 %, maximum 74 %." */
  summary: (label: string, figures: { now: string; min: string; avg: string; max: string }) =>
    `${label}: now ${figures.now}, minimum ${figures.min}, average ${figures.avg}, maximum ${figures.max}.`,
  nothingKnown: (label: string) => `${label}: no readings.`,
  tableCaption: (title: string) => `${title}, newest first`,
  range: (min: string, max: string) => `${min} to ${max}`,
} as const

export const tableText = {
  sortedAscending: 'sorted ascending',
  sortedDescending: 'sorted descending',
  selectAll: 'Select all that are shown',
  selectRow: (name: string) => `Select ${name}`,
  rowCount: (shown: number, total: number) =>
    shown === total ? `${total}` : `${shown} of ${total}`,
} as const
