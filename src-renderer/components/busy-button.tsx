import { Button, type ButtonProps } from 'antd'
import type { ReactNode } from 'react'

/**
 * A button that does nothing while its work runs, yet keeps the focus: a disabled one would lose it, and the next key
 * would go nowhere.
 */
export function BusyButton(props: ButtonProps & { readonly isBusy: boolean }): ReactNode {
  const { isBusy, onClick, ...rest } = props
  return (
    <Button
      {...rest}
      autoInsertSpace={false}
      aria-disabled={isBusy}
      onClick={(event) => {
        if (isBusy) event.preventDefault()
        else onClick?.(event)
      }}
    />
  )
}
