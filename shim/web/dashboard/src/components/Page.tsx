import { useEffect, type ReactNode } from 'react'

/** The head of a page: its title, which is the tab's, too, and what concerns all of it. */
export function PageHead({
  title,
  above,
  below,
  children,
}: {
  title: string
  above?: ReactNode
  below?: ReactNode
  children?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · pg_campaign`
  }, [title])
  return (
    <div className="head">
      <div>
        {above}
        <h1>{title}</h1>
        {below}
      </div>
      {children !== undefined && <div className="row">{children}</div>}
    </div>
  )
}

export function Card({
  title,
  aside,
  children,
  label,
}: {
  title?: ReactNode
  aside?: ReactNode
  children: ReactNode
  label?: string
}) {
  return (
    <section className="card" aria-label={label ?? (typeof title === 'string' ? title : undefined)}>
      {title !== undefined && (
        <div className="card-head">
          {typeof title === 'string' ? <h2>{title}</h2> : title}
          {aside}
        </div>
      )}
      {children}
    </section>
  )
}
