'use client'
import { type Ref, useRef } from 'react'
import { classNames } from '../../lib/class-names.ts'
import type { Quantity } from '../../lib/format.ts'
import { LiveQuantity, paintQuantity } from '../../ui/live-quantity.tsx'
import { Meter, paintMeter } from '../../ui/meter.tsx'
import { Sparkline, type SparklineHandle } from '../../ui/sparkline.tsx'

const line = 'flex h-5 items-center gap-2.5'
const sparkClass = 'group-data-[card=compact]/board:hidden'
const captionClass = 'w-7.5 shrink-0 font-medium text-2xs text-n10'
/** A place of its own size: a new figure lays out nothing around it. */
const valueClass =
  'h-5 w-28 shrink-0 whitespace-nowrap text-right text-n12 contain-layout contain-size contain-style group-data-[card=compact]/board:w-26'

/** The parts of a line that change every second, painted without a render. */
export function useMeterLine() {
  const meter = useRef<HTMLDivElement>(null)
  const value = useRef<HTMLSpanElement>(null)
  const spark = useRef<SparklineHandle>(null)
  return {
    refs: { meter, value, spark },
    paint: (ratio: number, text: string, quantity: Quantity) => {
      paintMeter(meter.current, ratio, text)
      paintQuantity(value.current, quantity)
    },
    spark,
  }
}

export type AfterMove = { readonly ratio: number; readonly before: string; readonly text: string }

type Props = {
  readonly caption: string
  /** What the meter is called by those who cannot see it. */
  readonly label: string
  readonly title?: string | undefined
  readonly ratio: number
  readonly valueText: string
  readonly thresholds: readonly number[]
  /** While something is carried over the host. */
  readonly after: AfterMove | null
  readonly refs: {
    readonly meter?: Ref<HTMLDivElement>
    readonly value?: Ref<HTMLSpanElement>
    readonly spark: Ref<SparklineHandle>
  }
  /** In place of a figure that is painted. */
  readonly value?: React.ReactNode
  readonly isHidden?: boolean
}

/** One resource of a host: a bar on the load ramp, a figure, two minutes as a line. */
export function MeterLine({ refs, after, value, isHidden = false, ...props }: Props) {
  return (
    <div className={classNames(line, isHidden && 'hidden')} title={props.title}>
      <span className={captionClass}>{props.caption}</span>
      <div className="min-w-0 grow">
        <Meter
          ref={refs.meter ?? null}
          label={props.label}
          ratio={props.ratio}
          valueText={props.valueText}
          afterRatio={after?.ratio ?? null}
          thresholds={props.thresholds}
        />
      </div>
      <span className={valueClass}>
        {/* Kept while it is hidden: it goes on being painted. */}
        <span className={after === null ? undefined : 'hidden'}>
          {value ?? <LiveQuantity ref={refs.value ?? null} />}
        </span>
        {after !== null && (
          <>
            <span className="text-n10">{`${after.before} → `}</span>
            <span className="predicted">{after.text}</span>
          </>
        )}
      </span>
      <Sparkline ref={refs.spark} width={58} height={16} className={sparkClass} />
    </div>
  )
}
