import type { ReactNode } from 'react'

/** A label, its control and the sentence about it, in the two columns of a settings page. */
export function FieldRow(props: {
  readonly label: string
  readonly htmlFor?: string
  readonly children: ReactNode
  readonly problem?: string | undefined
  readonly hint?: string
}): ReactNode {
  return (
    <div className="field-row">
      {props.htmlFor === undefined ? (
        <span className="field-row-label">{props.label}</span>
      ) : (
        <label className="field-row-label" htmlFor={props.htmlFor}>
          {props.label}
        </label>
      )}
      <div className="field-row-control">
        {props.children}
        {props.hint === undefined ? null : <p className="hint">{props.hint}</p>}
        {props.problem === undefined ? null : (
          <p className="problem" role="alert">
            {props.problem}
          </p>
        )}
      </div>
    </div>
  )
}
