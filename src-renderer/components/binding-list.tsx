import { Fragment, type ReactNode } from 'react'

/** Groups of keys and what they do, read-only. */
export function BindingList(props: {
  readonly groups: readonly {
    readonly title: string
    readonly bindings: readonly { readonly keys: string; readonly does: string }[]
  }[]
}): ReactNode {
  return (
    <div className="binding-list">
      {props.groups.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3>{group.title}</h3>
          <dl>
            {group.bindings.map((binding) => (
              <Fragment key={binding.does}>
                <dt>
                  <kbd>{binding.keys}</kbd>
                </dt>
                <dd>{binding.does}</dd>
              </Fragment>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
