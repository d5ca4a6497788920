import { Button } from 'antd'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { code, date, integer, reference } from '../../../src-shared/fields/field.ts'
import { useAppState } from '../../client/app-state.tsx'
import { createFormStore } from '../../forms/form-store.ts'
import { FieldsForm } from '../../forms/fields-form.tsx'
import { LabelledField } from '../../forms/labelled-field.tsx'
import { formKeys } from '../../keys/bindings.ts'
import { ariaKeys } from '../../keys/press.ts'

/** The head of a batch beside its register. */
const headFields = {
  communityCode: code('社区', { dictionary: 'community' }),
  collectorId: reference('采集人', { register: 'coordinator' }),
  collectionDate: date('采集日期', { required: true, defaultsToToday: true }),
  expectedCount: integer('应录份数', { required: true, minimum: 1, maximum: 9_999 }),
}

export type TypedHead = {
  readonly communityCode: string | null
  readonly collectorId: string | null
  readonly collectionDate: string
  readonly expectedCount: number
}

/** What is said of a pile before it is typed: it fills every form of the batch ahead. */
export function HeadForm(props: {
  /** The first field is where the page begins. */
  readonly takesFocus: boolean
  readonly onOpen: (head: TypedHead) => void
  readonly onQuick: () => void
}): ReactNode {
  const { today } = useAppState()
  const idPrefix = useId()
  const root = useRef<HTMLDivElement>(null)
  const [message, setMessage] = useState('')
  const [store] = useState(() => {
    const made = createFormStore({
      fields: headFields,
      today,
      onEnd: (direction) => {
        if (direction === 'next') document.getElementById(`${idPrefix}-open`)?.focus()
      },
    })
    made.setInput('collectionDate', { text: today, value: today }, 'default')
    return made
  })
  const { takesFocus } = props
  useEffect(() => {
    if (takesFocus && isFocusFree(root.current)) store.focusFirst()
  }, [takesFocus, store])

  const submit = async (): Promise<void> => {
    await store.settle()
    const first = store.check()[0]
    if (first) {
      store.focusNextMark(undefined)
      setMessage(first.message)
      return
    }
    setMessage('')
    const { communityCode, collectorId, collectionDate, expectedCount } = store.values()
    props.onOpen({
      communityCode: typeof communityCode === 'string' ? communityCode : null,
      collectorId: typeof collectorId === 'string' ? collectorId : null,
      collectionDate: String(collectionDate),
      expectedCount: Number(expectedCount),
    })
  }

  return (
    <div ref={root}>
      <FieldsForm
        store={store}
        label="批次"
        className="batch-form"
        onCommand={(command) => {
          if (command !== 'save' && command !== 'saveAndNew') return false
          void submit()
          return true
        }}
      >
        {Object.keys(headFields).map((name) => (
          <LabelledField key={name} store={store} name={name} idPrefix={idPrefix} />
        ))}
        <p className="batch-form-acts">
          <Button
            id={`${idPrefix}-open`}
            type="primary"
            aria-keyshortcuts={ariaKeys(formKeys.saveAndNew)}
            onClick={() => void submit()}
          >
            开批录入<kbd aria-hidden="true">Ctrl+Enter</kbd>
          </Button>
          <Button onClick={props.onQuick}>快速录入,不列入批次</Button>
          <span className="problem" role="status">
            {message}
          </span>
        </p>
      </FieldsForm>
      <p className="hint">
        社区、采集人、采集日期会预先填入本批每一份表;社区还使「现住房屋」先列出该社区的房屋。社区、采集人可以不填。
      </p>
    </div>
  )
}

/** The focus is nobody's, or stands on the page as a whole. */
function isFocusFree(root: HTMLElement | null): boolean {
  const { activeElement } = document
  if (activeElement === null || activeElement === document.body) return true
  const page = root?.closest('[role=tabpanel]')
  return page?.contains(activeElement) === true && !(activeElement instanceof HTMLInputElement)
}
