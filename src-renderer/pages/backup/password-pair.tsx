import { Input } from 'antd'
import { useId, type ReactNode } from 'react'
import { FieldRow } from '../../components/field-row.tsx'

export type Passwords = { readonly password: string; readonly repeated: string }
export const noPasswords: Passwords = { password: '', repeated: '' }

/** A password and the same once more. Enter in the first goes to the second; the form's own Enter is that of the second. */
export function PasswordPair(props: {
  readonly label: string
  readonly value: Passwords
  readonly onChange: (value: Passwords) => void
  readonly hint: string
  readonly problem: string | undefined
}): ReactNode {
  const { label, value, onChange } = props
  const id = useId()
  return (
    <>
      <FieldRow label={label} htmlFor={id} hint={props.hint}>
        <Input
          id={id}
          className="input-address"
          type="password"
          value={value.password}
          maxLength={200}
          autoComplete="new-password"
          data-password=""
          onChange={(event) => onChange({ ...value, password: event.target.value })}
        />
      </FieldRow>
      <FieldRow label="再录入一次" htmlFor={`${id}-again`} problem={props.problem}>
        <Input
          id={`${id}-again`}
          className="input-address"
          type="password"
          value={value.repeated}
          maxLength={200}
          autoComplete="new-password"
          data-repeated=""
          onChange={(event) => onChange({ ...value, repeated: event.target.value })}
        />
      </FieldRow>
    </>
  )
}

/** Enter in the first box with nothing in the second means "next box". @returns whether the focus went on */
export function goToRepeated(form: HTMLElement, { password, repeated }: Passwords): boolean {
  const box = form.querySelector<HTMLElement>('[data-repeated]')
  if (password === '' || repeated !== '' || !box || document.activeElement === box) return false
  box.focus()
  return true
}
