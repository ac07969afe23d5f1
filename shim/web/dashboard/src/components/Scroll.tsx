import type { CSSProperties, ReactNode } from 'react'

interface Props {
  /** What is in it, for who cannot see it. */
  label: string
  className?: string
  style?: CSSProperties
  children: ReactNode
}

/** Holds what may be wider than the page. It can be reached by keyboard, because what scrolls must be. */
export function Scroll({ label, className = 'scroll', style, children }: Props) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the rule does not know of scrolling
    <div className={className} style={style} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  )
}
