import { Button } from 'antd'
import { useEffect, useId, useState, type ReactNode } from 'react'
import type { Field, FieldValue } from '../../../src-shared/fields/field.ts'
import { getField } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { useAppState } from '../../client/app-state.tsx'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldsForm } from '../../forms/fields-form.tsx'
import { createFormStore } from '../../forms/form-store.ts'
import { inputOf } from '../../forms/input-of.ts'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { getLayout } from '../../forms/layouts.ts'
import { unitLabel, type ConflictUnit } from './conflict-units.ts'

/** The declared fields of a unit, each judged alone: what it hangs on is not on this line. */
function fieldsOf(unit: ConflictUnit): Readonly<Record<string, Field>> {
  const register = getRegister(unit.register)
  return Object.fromEntries(
    unit.rows.map((row) => {
      const { requiredWhen: _required, appliesWhen: _applies, ...field } = getField(register, row.field)
      return [row.field, field as Field]
    }),
  )
}

/** 其他: a third value, typed in the fields' own inputs. Enter after the last one decides, Esc goes back. */
export function OtherValue(props: {
  readonly unit: ConflictUnit
  readonly onDecide: (values: Readonly<Record<string, FieldValue>>) => void
  readonly onLeave: () => void
}): ReactNode {
  const { unit, onDecide } = props
  const { today } = useAppState()
  const idPrefix = useId()
  const [message, setMessage] = useState('')
  const [store] = useState(() => {
    const fields = fieldsOf(unit)
    const made = createFormStore({
      fields,
      today,
      onEnd: (direction) => {
        if (direction === 'next') document.querySelector<HTMLElement>('[data-decide]')?.click()
      },
    })
    made.reset(
      Object.fromEntries(
        unit.rows.flatMap((row) => {
          const field = fields[row.field]
          return field ? [[row.field, inputOf(field, row.kept.value, row.kept.text)]] : []
        }),
      ),
    )
    return made
  })
  const { parents } = getLayout(unit.register)

  const decide = async (): Promise<void> => {
    await store.settle()
    const [breach] = store.check()
    if (breach) {
      store.focusNextMark(undefined)
      setMessage(breach.message)
      return
    }
    onDecide(store.values())
  }
  useEffect(() => store.focusFirst(), [store])
  useEffect(() => store.onChange(() => setMessage('')), [store])

  return (
    <div className="other-value" role="group" aria-label={`其他:${unitLabel(unit)}`}>
      <FieldsForm
        store={store}
        label={`其他:${unitLabel(unit)}`}
        className="other-value-fields"
        onCommand={(command) => {
          if (command === 'save' || command === 'saveAndNew') void decide()
          else if (command === 'leave') props.onLeave()
          else return false
          return true
        }}
      >
        {unit.rows.map(({ field }) => {
          const parent = parents[field]
          return (
            <LabelledField
              key={field}
              store={store}
              name={field}
              idPrefix={idPrefix}
              parentField={parent !== undefined && Object.hasOwn(store.fields, parent) ? parent : undefined}
            />
          )
        })}
      </FieldsForm>
      <div className="button-row">
        <BusyButton type="primary" data-decide="" isBusy={false} onClick={() => void decide()}>
          确定
          <kbd aria-hidden="true">Enter</kbd>
        </BusyButton>
        <Button autoInsertSpace={false} onClick={props.onLeave}>
          返回
          <kbd aria-hidden="true">Esc</kbd>
        </Button>
        <span className="problem" role="status">
          {message}
        </span>
      </div>
    </div>
  )
}
