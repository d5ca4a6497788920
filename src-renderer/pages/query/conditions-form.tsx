import { Button } from 'antd'
import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Condition } from '../../../src-shared/contract/types.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { getField, type RecordStatus, type Register } from '../../../src-shared/registers/register.ts'
import { call } from '../../client/call.ts'
import { createFormStore, type FormStore } from '../../forms/form-store.ts'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { conditionOf, filterInputs } from '../../tables/field-filter.ts'
import { statusLabelOf } from './columns.ts'
import { filtersOf } from './conditions.ts'
import { conditionKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed } from '../../keys/press.ts'

/** What is asked beside the conditions on fields. */
export type Scope = {
  readonly statuses: readonly RecordStatus[]
  /** Only the account's own station. */
  readonly isOwnStation: boolean
}

/** The boxes of a register's conditions with the store that holds what is typed. */
export function createConditions(register: Register, today: string, onEnd: () => void): FormStore {
  const fields: Record<string, Field> = {}
  for (const filter of filtersOf[register.name]) {
    for (const input of filterInputs(filter, getField(register, filter.field))) {
      fields[input.name] = input.field
    }
  }
  return createFormStore({ fields, today, onEnd: (direction) => direction === 'next' && onEnd() })
}

/** The conditions that the typed boxes make. */
export function readConditions(register: Register, store: FormStore): readonly Condition[] {
  const values = store.values()
  return filtersOf[register.name].flatMap(
    (filter) => conditionOf(filter, getField(register, filter.field), values) ?? [],
  )
}

/** Puts given conditions into their boxes, so that the clerk sees what was asked and can go on from there. */
export async function writeConditions(
  store: FormStore,
  register: Register,
  conditions: readonly Condition[],
): Promise<void> {
  for (const condition of conditions) {
    const field = getField(register, condition.field)
    if (condition.operator !== 'equals' || typeof condition.value !== 'string') continue
    if (!Object.hasOwn(store.fields, condition.field)) continue
    let text = condition.value
    if (field.kind === 'reference' || field.kind === 'references' || field.kind === 'code') {
      const source =
        field.kind !== 'code'
          ? ({ kind: 'register', name: field.register } as const)
          : ({ kind: 'dictionary', name: field.dictionary } as const)
      const [entry] = await call('lookup.entries', { source, codes: [condition.value] })
      text = entry?.name ?? text
    }
    store.setInput(condition.field, { text, value: condition.value }, null)
  }
}

type ConditionsFormProps = {
  readonly register: Register
  readonly store: FormStore
  readonly scope: Scope
  readonly onScope: (scope: Scope) => void
  /** False without an account: there is no own station then. */
  readonly hasStation: boolean
  readonly onRun: () => void
  readonly onReset: () => void
  /** Asked for something that has no box here, which resetting takes back as well. */
  readonly isGiven: boolean
}

/** The boxes above a result. Enter asks, wherever the focus is; an open list takes its Enter first. */
export function ConditionsForm(props: ConditionsFormProps): ReactNode {
  const { register, store, scope } = props
  const idPrefix = useId()
  const statusId = useId()
  const stationId = useId()
  const [parents] = useState(
    () => new Map(filtersOf[register.name].map((filter) => [filter.field, filter.parentField])),
  )
  useParentReset(store, parents)

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const isButton = event.target instanceof HTMLButtonElement
    const pressed = findPressed(event.nativeEvent, conditionKeys)
    if (pressed === 'run' && !isButton) props.onRun()
    else if (pressed === 'reset' && (store.isDirty() || props.isGiven)) props.onReset()
    else return
    event.preventDefault()
  }

  return (
    <form
      className="conditions"
      aria-label={`${register.label}查询条件`}
      autoComplete="off"
      noValidate
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
    >
      <div className="conditions-fields">
        {filtersOf[register.name].map((filter) => {
          const inputs = filterInputs(filter, getField(register, filter.field))
          return (
            <div key={filter.field} className={inputs.length > 1 ? 'condition condition-range' : 'condition'}>
              {inputs.map((input) => (
                <LabelledField
                  key={input.name}
                  store={store}
                  name={input.name}
                  idPrefix={idPrefix}
                  label={input.label}
                  parentField={parents.get(filter.field)}
                />
              ))}
            </div>
          )
        })}
      </div>
      <div className="conditions-acts">
        <Button
          type="primary"
          data-run=""
          autoInsertSpace={false}
          aria-keyshortcuts={ariaKeys(conditionKeys.run)}
          onClick={props.onRun}
        >
          查询
          <kbd aria-hidden="true">Enter</kbd>
        </Button>
        <Button autoInsertSpace={false} onClick={props.onReset}>
          重置
        </Button>
        <div className="condition-choice">
          <label htmlFor={statusId}>{statusLabelOf(register)}</label>
          <select
            id={statusId}
            className="choice"
            value={scope.statuses.join()}
            onChange={(event) =>
              props.onScope({ ...scope, statuses: event.target.value.split(',') as RecordStatus[] })
            }
          >
            <option value="active">{register.statusLabels.active}</option>
            <option value="cancelled">{register.statusLabels.cancelled}</option>
            <option value="active,cancelled">全部</option>
          </select>
        </div>
        {props.hasStation ? (
          <div className="condition-choice">
            <label htmlFor={stationId}>范围</label>
            <select
              id={stationId}
              className="choice"
              value={scope.isOwnStation ? 'own' : 'all'}
              onChange={(event) => props.onScope({ ...scope, isOwnStation: event.target.value === 'own' })}
            >
              <option value="own">本站</option>
              <option value="all">全部</option>
            </select>
          </div>
        ) : null}
      </div>
    </form>
  )
}

/** An entry chosen below another one goes when that one changes: a street of another community is no condition. */
function useParentReset(store: FormStore, parents: ReadonlyMap<string, string | undefined>): void {
  useEffect(() => {
    const last = new Map([...parents.values()].map((name) => [name, name && store.read(name).value]))
    return store.onChange((changed) => {
      if (!last.has(changed)) return
      const { value } = store.read(changed)
      if (last.get(changed) === value) return
      last.set(changed, value as string)
      for (const [child, parent] of parents) {
        if (parent === changed) store.setInput(child, { text: '', value: null }, null)
      }
    })
  }, [store, parents])
}
