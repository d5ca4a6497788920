import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import type { LinkedRecords, QueryRow } from '../../../src-shared/contract/types.ts'
import type { CountOutput } from '../../../src-shared/contract/requests.ts'
import { code, reference, type Field, type RecordValues } from '../../../src-shared/fields/field.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf, RequestFailure } from '../../client/call.ts'
import { Dialog } from '../../components/dialog.tsx'
import { createFormStore, type FormStore } from '../../forms/form-store.ts'
import { FieldsForm } from '../../forms/fields-form.tsx'
import { LabelledField } from '../../forms/labelled-field.tsx'

/** Records named in a dialog; the rest is counted. */
const namedRows = 5

type ActDialogProps = {
  readonly rows: readonly QueryRow[]
  readonly onClose: () => void
  readonly onDone: (count: number, savedAt: number) => void
}

/** The fields of an act with a refusal that keeps what was typed. */
function useActForm(
  fields: Readonly<Record<string, Field>>,
  perform: (values: RecordValues, store: FormStore) => Promise<CountOutput>,
  onDone: ActDialogProps['onDone'],
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

function ActFields(props: {
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
function RowNames(props: { readonly register: Register; readonly rows: readonly QueryRow[] }): ReactNode {
  const { register, rows } = props
  const names = rows.slice(0, namedRows).map((row) =>
    register.title
      .map((field) => row.cells[field] ?? '')
      .filter((text) => text !== '')
      .join(' '),
  )
  const rest = rows.length > namedRows ? ` 等 ${rows.length} 条` : ''
  return (
    <p className="act-rows">
      {names.join('、')}
      {rest}
    </p>
  )
}

/** 注销 of a register: its own fields; a coordinator's dwellings and employers go to a successor. */
export function CancelDialog(
  props: ActDialogProps & { readonly register: Register; readonly openTab: PageProps['openTab'] },
): ReactNode {
  const { register, rows } = props
  const isCoordinator = register.name === 'coordinator'
  const [linked, setLinked] = useState<readonly LinkedRecords[]>([])
  const ids = rows.map((row) => row.id)

  const form = useActForm(
    isCoordinator
      ? { ...register.cancellation, successorId: reference('接任协管员', { register: 'coordinator' }) }
      : register.cancellation,
    async (values) => {
      const { successorId, ...cancellation } = values
      if (register.name === 'coordinator') {
        return call('coordinator.cancel', {
          ids,
          cancellation,
          successorId: typeof successorId === 'string' ? successorId : null,
        })
      }
      return call(`${register.name}.cancel`, { ids, cancellation })
    },
    props.onDone,
  )

  const firstId = ids[0]
  const isRefused = form.failure?.detail.code === 'notPossible'
  useEffect(() => {
    if (firstId === undefined || !(isCoordinator || (register.name === 'dwelling' && isRefused))) return
    let isCurrent = true
    void (async () => {
      const found: LinkedRecords[] = []
      // Who stands in the way: of the first dwellings only, a list nobody reads helps nobody.
      for (const id of ids.slice(0, isCoordinator ? 1 : 10)) {
        found.push(...(await call('record.linked', { register: register.name, id })))
      }
      if (isCurrent) setLinked(found)
    })().catch(() => undefined)
    return () => {
      isCurrent = false
    }
    // `ids` belongs to the rows the dialog was opened with.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [firstId, isCoordinator, isRefused, register.name])

  if (isCoordinator && rows.length > 1) {
    return (
      <Dialog
        title="协管员注销"
        acts={[{ label: '返回', isSafe: true, isPrimary: true, onSelect: props.onClose }]}
      >
        所选协管员共 {rows.length} 名。每名协管员的房屋和单位须指定接任人,请逐名注销。
      </Dialog>
    )
  }
  const residents = linked
    .filter((group) => group.register === 'resident')
    .flatMap((group) => group.rows.filter((row) => row.status === 'active'))
  const held = linked.filter((group) => group.register !== 'resident' && group.total > 0)
  return (
    <Dialog
      title={`${register.label}注销`}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: '注销',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <RowNames register={register} rows={rows} />
      {isCoordinator && held.length > 0 ? (
        <p className="hint">
          {`名下有${held.map((group) => `${group.label} ${group.total} 项`).join('、')},请选择接任协管员。`}
        </p>
      ) : null}
      <ActFields store={form.store} label={`${register.label}注销`} onSubmit={() => void form.submit()} />
      {isRefused && residents.length > 0 ? (
        <div className="act-blockers">
          <p>以下人员登记在此,须先办理注销或变更住所:</p>
          <ul>
            {residents.map((resident) => (
              <li key={resident.id}>
                <button
                  type="button"
                  className="link-button"
                  onClick={() => {
                    props.onClose()
                    props.openTab({ kind: 'details', register: 'resident', recordId: resident.id })
                  }}
                >
                  {resident.title}
                </button>
                <span className="hint">{resident.detail}</span>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </Dialog>
  )
}

/** 恢复 and 房屋恢复出租 ask for a reason. */
export function RestoreDialog(
  props: ActDialogProps & { readonly register: Register; readonly isLetting: boolean },
): ReactNode {
  const { register, rows, isLetting } = props
  const ids = rows.map((row) => row.id)
  const title = isLetting ? '房屋恢复出租' : `${register.label}恢复`
  const form = useActForm(
    restoreFields,
    async (_values, store) => {
      const reason = store.read('reason').text
      return isLetting
        ? call('dwelling.restoreLetting', { ids, reason })
        : call(`${register.name}.restore`, { ids, reason })
    },
    props.onDone,
  )
  return (
    <Dialog
      title={title}
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: isLetting ? '恢复出租' : '恢复',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <RowNames register={register} rows={rows} />
      <ActFields store={form.store} label={title} onSubmit={() => void form.submit()} />
    </Dialog>
  )
}

const restoreFields = { reason: code('恢复原因', { required: true, dictionary: 'restore-reason' }) }
const assignFields = { coordinatorId: reference('协管员', { required: true, register: 'coordinator' }) }

/** 分配协管员 for one dwelling or many. */
export function AssignDialog(props: ActDialogProps): ReactNode {
  const ids = props.rows.map((row) => row.id)
  const form = useActForm(
    assignFields,
    (values) => call('dwelling.assignCoordinator', { ids, coordinatorId: String(values['coordinatorId']) }),
    props.onDone,
  )
  return (
    <Dialog
      title="分配协管员"
      initialFocus=".act-fields input"
      message={form.message}
      acts={[
        {
          label: '分配',
          isPrimary: true,
          isBusy: form.isRunning,
          isPerform: true,
          isByKey: true,
          onSelect: () => void form.submit(),
        },
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <p className="act-rows">{`所选房屋 ${props.rows.length} 套,将统一分配给:`}</p>
      <ActFields store={form.store} label="分配协管员" onSubmit={() => void form.submit()} />
    </Dialog>
  )
}
