import { Fragment, type ReactNode } from 'react'

/** Groups of keys and what they do, read-only. */
export function KeyList(props: {
  readonly groups: readonly {
    readonly title: string
    readonly lines: readonly { readonly keys: string; readonly does: string }[]
  }[]
}): ReactNode {
  return (
    <div className="key-list">
      {props.groups.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3>{group.title}</h3>
          <dl>
            {group.lines.map((line) => (
              <Fragment key={`${line.keys} ${line.does}`}>
                <dt>
                  <kbd>{line.keys}</kbd>
                </dt>
                <dd>{line.does}</dd>
              </Fragment>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
