/** Our mark: a domain on its way from one host to the other. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="4 5 24 22" aria-hidden="true" className="shrink-0">
      <g
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d="M6 9.5h7.5c5 0 5 13 10 13H26" />
        <path d="M22.6 18.8 26.4 22.5l-3.8 3.7" />
      </g>
      <g fill="var(--accent)" opacity="0.45">
        <rect x="5" y="14" width="7" height="3.4" rx="1.2" />
        <rect x="5" y="20" width="7" height="3.4" rx="1.2" />
        <rect x="20" y="8" width="7" height="3.4" rx="1.2" />
      </g>
    </svg>
  )
}
