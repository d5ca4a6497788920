import { useEffect, useState, type ReactNode } from 'react'
import type { LinkedRecords, QueryRow } from '../../../src-shared/contract/types.ts'
import { code, reference } from '../../../src-shared/fields/field.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import { ActFields, RecordNames, useActForm } from '../../acts/act-form.tsx'
import type { PageProps } from '../../app/tab.ts'
import { call } from '../../client/call.ts'
import { Dialog } from '../../components/dialog.tsx'
import { rowName } from './columns.ts'

type ActDialogProps = {
  readonly rows: readonly QueryRow[]
  readonly onClose: () => void
  readonly onDone: (count: number, savedAt: number) => void
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
      <RecordNames names={rows.map((row) => rowName(register, row))} />
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
      <RecordNames names={rows.map((row) => rowName(register, row))} />
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
