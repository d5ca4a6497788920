import type { ReactNode } from 'react'

/** Long work: what it is, how far it is. `total` null while unknown. */
export function ProgressBar(props: {
  readonly label: string
  readonly done: number
  readonly total: number | null
}): ReactNode {
  const { done, total } = props
  const count = total === null ? `${done}` : `${done}/${total}`
  return (
    <span className="progress-line">
      <span>{`${props.label} ${count}`}</span>
      <progress
        aria-label={props.label}
        {...(total === null ? {} : { max: Math.max(total, 1), value: done })}
      />
    </span>
  )
}
