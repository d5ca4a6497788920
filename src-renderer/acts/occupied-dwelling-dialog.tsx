import { useState, type ReactNode } from 'react'
import type { DwellingOccupancy, Occupant } from '../../src-shared/contract/types.ts'
import { code, date, reference, type Field, type RecordValues } from '../../src-shared/fields/field.ts'
import { call } from '../client/call.ts'
import { ChoiceList } from '../components/choice-list.tsx'
import { Dialog } from '../components/dialog.tsx'
import { formatMinute } from '../components/format-time.ts'
import { ActDialog, ActFields, useActForm } from './act-form.tsx'
import { personKey, toPersonEntry, toPersonIds } from './people.tsx'

type Way = 'cancel' | 'move'

type OccupiedProps = {
  readonly dwelling: DwellingOccupancy
  readonly onClose: () => void
  readonly onDone: (message: string) => void
  /** Shows one person's record. */
  readonly onOpen: (person: Occupant) => void
}

/** 房屋注销 of a dwelling where people live: who they are, and the two ways on. */
export function OccupiedDwellingDialog(props: OccupiedProps): ReactNode {
  const { dwelling } = props
  const [way, setWay] = useState<Way>()
  if (way !== undefined) return <VacateDialog {...props} way={way} onBack={() => setWay(undefined)} />
  return (
    <Dialog
      title="房屋注销"
      isWide
      initialFocus="[role=listbox]"
      acts={[
        { label: '全部迁出…', answer: 'first', onSelect: () => setWay('cancel') },
        { label: '全部迁往…', answer: 'second', onSelect: () => setWay('move') },
        { label: '返回', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <p className="act-rows">{`${dwelling.title} 还有 ${dwelling.people.length} 人在住,不能直接注销`}</p>
      <p className="hint">Enter 看此人的详细信息。按 1 全部注销后注销房屋,按 2 全部迁往另一处后注销房屋。</p>
      <ChoiceList
        label="在住人员"
        entries={dwelling.people.map(toPersonEntry)}
        onOpen={(key) => {
          const person = dwelling.people.find((each) => personKey(each) === key)
          if (person) props.onOpen(person)
        }}
      />
      <Leases dwelling={dwelling} />
    </Dialog>
  )
}

function Leases(props: { readonly dwelling: DwellingOccupancy }): ReactNode {
  const { leases } = props.dwelling
  if (leases.length === 0) return null
  return (
    <p className="act-below attention">
      {`另有 ${leases.length} 份租赁合同在有效期内:${leases.map((lease) => `${lease.title}(至 ${lease.endDate})`).join('、')}。房屋注销不改合同,请另行终止。`}
    </p>
  )
}

const dwellingFields = {
  reasonCode: code('房屋注销原因', { required: true, dictionary: 'dwelling-cancel-reason' }),
  cancelDate: date('注销日期', { required: true, defaultsToToday: true }),
}
const wayFields: Readonly<Record<Way, Readonly<Record<string, Field>>>> = {
  cancel: {
    departureReasonCode: code('人员注销原因', { required: true, dictionary: 'departure-reason' }),
    destinationDivisionCode: code('去向区划', { dictionary: 'division' }),
    ...dwellingFields,
  },
  move: {
    targetDwellingId: reference('迁往房屋', { required: true, register: 'dwelling' }),
    moveInDate: date('入住日期', { required: true, defaultsToToday: true }),
    ...dwellingFields,
  },
}

/** The people, then the dwelling, in one go. */
function VacateDialog(props: OccupiedProps & { readonly way: Way; readonly onBack: () => void }): ReactNode {
  const { dwelling, way } = props
  const count = dwelling.people.length
  const title = way === 'cancel' ? '房屋注销—全部迁出' : '房屋注销—全部迁往'
  const form = useActForm(
    wayFields[way],
    async (values) =>
      call('dwelling.vacate', {
        id: dwelling.dwellingId,
        cancellation: { reasonCode: values['reasonCode'] ?? null, cancelDate: values['cancelDate'] ?? null },
        people: toPersonIds(dwelling.people),
        wayOut: wayOutOf(way, values),
      }),
    (_count, savedAt) =>
      props.onDone(
        `${dwelling.title}已注销,${count} 人已${way === 'cancel' ? '注销' : '迁往另一处'} ${formatMinute(savedAt)}`,
      ),
  )
  return (
    <ActDialog
      title={title}
      form={form}
      performLabel={way === 'cancel' ? `注销 ${count} 人和房屋` : `迁移 ${count} 人并注销房屋`}
      leaveLabel="返回"
      onClose={props.onBack}
    >
      <p className="act-rows">{`${dwelling.title}:${dwelling.people.map(({ name }) => name).join('、')}`}</p>
      <ActFields store={form.store} label={title} onSubmit={() => void form.submit()} />
      <Leases dwelling={dwelling} />
    </ActDialog>
  )
}

function wayOutOf(
  way: Way,
  values: RecordValues,
):
  | { readonly kind: 'cancel'; readonly cancellation: RecordValues }
  | { readonly kind: 'move'; readonly dwellingId: string; readonly moveInDate: string } {
  if (way === 'move') {
    return {
      kind: 'move',
      dwellingId: String(values['targetDwellingId']),
      moveInDate: String(values['moveInDate']),
    }
  }
  return {
    kind: 'cancel',
    cancellation: {
      reasonCode: values['departureReasonCode'] ?? null,
      cancelDate: values['cancelDate'] ?? null,
      destinationDivisionCode: values['destinationDivisionCode'] ?? null,
    },
  }
}
