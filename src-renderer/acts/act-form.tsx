import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import type { CountOutput } from '../../src-shared/contract/requests.ts'
import type { Field, RecordValues } from '../../src-shared/fields/field.ts'
import { useAppState } from '../client/app-state.tsx'
import { messageOf, RequestFailure } from '../client/call.ts'
import { Dialog } from '../components/dialog.tsx'
import { createFormStore, type FormStore } from '../forms/form-store.ts'
import { FieldsForm } from '../forms/fields-form.tsx'
import { LabelledField } from '../forms/labelled-field.tsx'

/** Records named in a dialog; the rest is counted. */
const namedRows = 5

/** The fields of an act with a refusal that keeps what was typed; `firstTexts` stand in text fields at the start. */
export function useActForm(
  fields: Readonly<Record<string, Field>>,
  perform: (values: RecordValues, store: FormStore) => Promise<CountOutput>,
  onDone: (count: number, savedAt: number) => void,
  firstTexts: Readonly<Record<string, string>> = {},
) {
  const { today } = useAppState()
  const [isRunning, setIsRunning] = useState(false)
  const [message, setMessage] = useState('')
  const [failure, setFailure] = useState<RequestFailure>()
  const [store] = useState(() => {
    const made = createFormStore({
      fields,
      today,
      onEnd: (direction) => {
        if (direction === 'next') document.querySelector<HTMLElement>('[data-perform]')?.focus()
      },
    })
    for (const [name, field] of Object.entries(fields)) {
      if (field.kind === 'date' && field.defaultsToToday) {
        made.setInput(name, { text: today, value: today }, 'default')
      }
    }
    for (const [name, text] of Object.entries(firstTexts))
      made.setInput(name, { text, value: text }, 'default')
    return made
  })
  // What was refused is being mended: the sentence has been read.
  useEffect(
    () =>
      store.onChange((name) => {
        if (store.provenanceOf(name) !== 'default') setMessage('')
      }),
    [store],
  )
  const isUnderWay = useRef(false)
  const submit = async (): Promise<void> => {
    // A second Ctrl+Enter while the first is on its way is the same act.
    if (isUnderWay.current) return
    isUnderWay.current = true
    setMessage('')
    setFailure(undefined)
    try {
      await store.settle()
      const first = store.check()[0]
      if (first) {
        store.focusNextMark(undefined)
        setMessage(first.message)
        return
      }
      setIsRunning(true)
      const { count, savedAt } = await perform(store.values(), store)
      onDone(count, savedAt)
    } catch (error) {
      if (error instanceof RequestFailure) {
        setFailure(error)
        for (const breach of error.detail.breaches ?? []) {
          if (Object.hasOwn(fields, breach.field)) store.setNote(breach.field, breach.message)
        }
      }
      setMessage(messageOf(error))
    } finally {
      isUnderWay.current = false
      setIsRunning(false)
    }
  }
  return { store, submit, isRunning, message, failure }
}

/** The frame of an act: its boxes and what stands around them, the button that does it (Ctrl+Enter), and the one that leaves. */
export function ActDialog(props: {
  readonly title: string
  readonly form: Pick<ReturnType<typeof useActForm>, 'submit' | 'isRunning' | 'message'>
  readonly performLabel: string
  readonly leaveLabel?: string
  readonly isWide?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}): ReactNode {
  const { form } = props
  return (
    <Dialog
      title={props.title}
      isWide={props.isWide ?? false}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: props.performLabel,
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: props.leaveLabel ?? '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      {props.children}
    </Dialog>
  )
}

/** The boxes of an act, one below the other. */
export function ActFields(props: {
  readonly store: FormStore
  readonly label: string
  readonly onSubmit: () => void
}): ReactNode {
  const { store } = props
  const idPrefix = useId()
  return (
    <FieldsForm
      store={store}
      label={props.label}
      className="act-fields"
      onCommand={(command) => {
        if (command === 'save' || command === 'saveAndNew') props.onSubmit()
        else return false
        return true
      }}
    >
      {Object.keys(store.fields).map((name) => (
        <LabelledField key={name} store={store} name={name} idPrefix={idPrefix} />
      ))}
    </FieldsForm>
  )
}

/** Which records the act is about: the first ones by name, then how many more. */
export function RecordNames(props: { readonly names: readonly string[] }): ReactNode {
  const { names } = props
  const rest = names.length > namedRows ? ` 等 ${names.length} 条` : ''
  return (
    <p className="act-rows">
      {names.slice(0, namedRows).join('、')}
      {rest}
    </p>
  )
}
