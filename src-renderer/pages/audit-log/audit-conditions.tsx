import { Button } from 'antd'
import { useId, useState, type KeyboardEvent, type ReactNode } from 'react'
import {
  AUDIT_GROUPS,
  auditGroupLabels,
  type AuditConditions,
  type AuditState,
} from '../../../src-shared/contract/audit-types.ts'
import { date } from '../../../src-shared/fields/field.ts'
import { REGISTER_NAMES } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { createFormStore, type FormStore } from '../../forms/form-store.ts'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { conditionKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed } from '../../keys/press.ts'

/** What narrows the log beside the days, which are typed. */
export type AuditChoice = Pick<AuditConditions, 'accountName' | 'group' | 'register'>

export const noChoice: AuditChoice = { accountName: null, group: null, register: null }

/** The boxes of the two days. */
export function createDays(today: string): FormStore {
  return createFormStore({ fields: { from: date('日期'), to: date('日期至') }, today })
}

/** The days as typed; null where a box is empty. */
export function readDays(store: FormStore): Pick<AuditConditions, 'from' | 'to'> {
  const dayOf = (name: string): string | null => {
    const { value } = store.read(name)
    return typeof value === 'string' && value !== '' ? value : null
  }
  return { from: dayOf('from'), to: dayOf('to') }
}

/** The conditions above the log. Enter asks, wherever the focus is. */
export function AuditConditionsForm(props: {
  readonly store: FormStore
  readonly choice: AuditChoice
  readonly onChoice: (choice: AuditChoice) => void
  readonly people: AuditState['people']
  readonly isNarrowed: boolean
  readonly onRun: () => void
  readonly onReset: () => void
}): ReactNode {
  const { store, choice, onChoice } = props
  const idPrefix = useId()
  const [ids] = useState({
    person: `${idPrefix}person`,
    group: `${idPrefix}group`,
    register: `${idPrefix}book`,
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const pressed = findPressed(event.nativeEvent, conditionKeys)
    if (pressed === 'run' && !(event.target instanceof HTMLButtonElement)) props.onRun()
    else if (pressed === 'reset' && props.isNarrowed) props.onReset()
    else return
    event.preventDefault()
  }
  return (
    <form
      className="conditions audit-conditions"
      aria-label="操作日志条件"
      autoComplete="off"
      noValidate
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={onKeyDown}
    >
      <LabelledField store={store} name="from" idPrefix={idPrefix} />
      <LabelledField store={store} name="to" idPrefix={idPrefix} label="至" />
      <div className="condition-choice">
        <label htmlFor={ids.person}>操作员</label>
        <select
          id={ids.person}
          className="choice"
          // An account has no empty name: that one is 本机操作员, who works without an account.
          value={choice.accountName === null ? 'all' : `=${choice.accountName}`}
          onChange={(event) => {
            const { value } = event.target
            onChoice({ ...choice, accountName: value === 'all' ? null : value.slice(1) })
          }}
        >
          <option value="all">全部</option>
          {props.people.map(({ accountName, name }) => (
            <option key={accountName} value={`=${accountName}`}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div className="condition-choice">
        <label htmlFor={ids.group}>操作类别</label>
        <select
          id={ids.group}
          className="choice"
          value={choice.group ?? ''}
          onChange={(event) =>
            onChoice({ ...choice, group: AUDIT_GROUPS.find((each) => each === event.target.value) ?? null })
          }
        >
          <option value="">全部</option>
          {AUDIT_GROUPS.map((group) => (
            <option key={group} value={group}>
              {auditGroupLabels[group]}
            </option>
          ))}
        </select>
      </div>
      <div className="condition-choice">
        <label htmlFor={ids.register}>登记簿</label>
        <select
          id={ids.register}
          className="choice"
          value={choice.register ?? ''}
          onChange={(event) =>
            onChoice({
              ...choice,
              register: REGISTER_NAMES.find((each) => each === event.target.value) ?? null,
            })
          }
        >
          <option value="">全部</option>
          {REGISTER_NAMES.map((register) => (
            <option key={register} value={register}>
              {getRegister(register).label}
            </option>
          ))}
        </select>
      </div>
      <Button
        type="primary"
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
    </form>
  )
}
