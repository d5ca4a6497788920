import type { ReactNode } from 'react'
import type { CoordinatorHoldings, DwellingOccupancy, QueryRow } from '../../../src-shared/contract/types.ts'
import { code, reference } from '../../../src-shared/fields/field.ts'
import type { Register } from '../../../src-shared/registers/register.ts'
import { ActDialog, ActFields, RecordNames, useActForm } from '../../acts/act-form.tsx'
import { call } from '../../client/call.ts'
import { ChoiceList } from '../../components/choice-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { rowName } from './columns.ts'

type ActDialogProps = {
  readonly rows: readonly QueryRow[]
  readonly onClose: () => void
  readonly onDone: (count: number, savedAt: number) => void
}

/** What stands beside the fields of 注销: dwellings that are left out because people live there, and what is handed over. */
export type CancelFacts = {
  readonly occupied: readonly DwellingOccupancy[]
  readonly holdings: CoordinatorHoldings | null
}

/** 注销 of a register: its own fields; a coordinator's dwellings and employers go to a successor. */
export function CancelDialog(
  props: ActDialogProps & {
    readonly register: Register
    readonly facts: CancelFacts
    /** A dwelling of the list was chosen: its people are to be seen. */
    readonly onOccupied: (dwelling: DwellingOccupancy) => void
  },
): ReactNode {
  const { register, rows } = props
  const { occupied, holdings } = props.facts
  const isCoordinator = register.name === 'coordinator'
  const ids = rows.map((row) => row.id)
  const isHandedOver = holdings !== null && holdings.dwellings + holdings.employers > 0

  const form = useActForm(
    isHandedOver
      ? {
          ...register.cancellation,
          successorId: reference('接任协管员', { required: true, register: 'coordinator' }),
        }
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
  if (rows.length === 0) {
    return (
      <Dialog
        title="房屋注销"
        initialFocus="[role=listbox]"
        acts={[{ label: '返回', isSafe: true, isPrimary: true, onSelect: props.onClose }]}
      >
        <OccupiedDwellings dwellings={occupied} onOpen={props.onOccupied} />
      </Dialog>
    )
  }
  return (
    <ActDialog title={`${register.label}注销`} form={form} performLabel="注销" onClose={props.onClose}>
      <RecordNames names={rows.map((row) => rowName(register, row))} />
      {holdings ? <p className="hint">{holdingsText(holdings)}</p> : null}
      <ActFields store={form.store} label={`${register.label}注销`} onSubmit={() => void form.submit()} />
      {occupied.length > 0 ? (
        <div className="act-blockers">
          <OccupiedDwellings dwellings={occupied} onOpen={props.onOccupied} />
        </div>
      ) : null}
    </ActDialog>
  )
}

function holdingsText({ dwellings, employers, openInspections }: CoordinatorHoldings): string {
  const held =
    dwellings + employers > 0
      ? `名下有房屋 ${dwellings} 处、单位 ${employers} 家,注销后全部由接任协管员接管。`
      : '名下没有房屋和单位。'
  return openInspections > 0
    ? `${held}另有未整改的隐患检查 ${openInspections} 项:检查人不变,请接任者跟进。`
    : held
}

/** Dwellings that cannot go because people live there; Enter shows who. */
function OccupiedDwellings(props: {
  readonly dwellings: readonly DwellingOccupancy[]
  readonly onOpen: (dwelling: DwellingOccupancy) => void
}): ReactNode {
  const { dwellings } = props
  return (
    <>
      <p>{`以下 ${dwellings.length} 套还有人在住,不在此次注销之内。Enter 看在住人员:`}</p>
      <ChoiceList
        label="还有人在住的房屋"
        entries={dwellings.map((each) => ({
          key: each.dwellingId,
          text: each.title,
          detail: `${each.people.length} 人在住`,
        }))}
        onOpen={(key) => {
          const dwelling = dwellings.find((each) => each.dwellingId === key)
          if (dwelling) props.onOpen(dwelling)
        }}
      />
    </>
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
    <ActDialog
      title={title}
      form={form}
      performLabel={isLetting ? '恢复出租' : '恢复'}
      onClose={props.onClose}
    >
      <RecordNames names={rows.map((row) => rowName(register, row))} />
      <ActFields store={form.store} label={title} onSubmit={() => void form.submit()} />
    </ActDialog>
  )
}

const restoreFields = { reason: code('恢复原因', { required: true, dictionary: 'restore-reason' }) }
const assignFields = { coordinatorId: reference('协管员', { required: true, register: 'coordinator' }) }

/** 分配协管员 for one dwelling or employer, or many. */
export function AssignDialog(props: ActDialogProps & { readonly register: Register }): ReactNode {
  const counted = props.register.name === 'employer' ? '家' : '套'
  const ids = props.rows.map((row) => row.id)
  const form = useActForm(
    assignFields,
    (values) => call('dwelling.assignCoordinator', { ids, coordinatorId: String(values['coordinatorId']) }),
    props.onDone,
  )
  return (
    <ActDialog title="分配协管员" form={form} performLabel="分配" onClose={props.onClose}>
      <p className="act-rows">{`所选${props.register.label} ${props.rows.length} ${counted},将统一分配给:`}</p>
      <ActFields store={form.store} label="分配协管员" onSubmit={() => void form.submit()} />
    </ActDialog>
  )
}
