import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { MoveOutput } from '../../src-shared/contract/requests.ts'
import type { Occupant } from '../../src-shared/contract/types.ts'
import { date, reference, text } from '../../src-shared/fields/field.ts'
import { call, messageOf } from '../client/call.ts'
import { ChoiceList } from '../components/choice-list.tsx'
import { Dialog } from '../components/dialog.tsx'
import { formatMinute } from '../components/format-time.ts'
import { moveHouseholdKeys } from '../keys/bindings.ts'
import { isPressed } from '../keys/press.ts'
import { ActDialog, ActFields, useActForm } from './act-form.tsx'
import { personKey, toPersonEntry, toPersonIds } from './people.tsx'

const moveFields = {
  targetDwellingId: reference('迁往房屋', { required: true, register: 'dwelling' }),
  moveInDate: date('入住日期', { required: true, defaultsToToday: true }),
  reason: text('迁移原因', { required: true, maxLength: 100 }),
}

/**
 * 整户迁移: who moves (all unless left out by space), where to, since when and why. When a dwelling is empty then, one more key
 * says whether it is 空置; Enter and Esc leave it as it is.
 */
export function MoveHouseholdDialog(props: {
  readonly people: readonly Occupant[]
  readonly onClose: () => void
  /** Told in one sentence what was done. */
  readonly onDone: (message: string) => void
}): ReactNode {
  const { people } = props
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(people.map(personKey)))
  const [emptied, setEmptied] = useState<MoveOutput['emptied']>([])
  const [done, setDone] = useState('')
  const [reason, setReason] = useState('')
  const fields = useRef<HTMLDivElement>(null)
  const moving = people.filter((person) => chosen.has(personKey(person)))

  const form = useActForm(
    moveFields,
    async (values) => {
      if (moving.length === 0) throw new Error('没有选人。请在名单中按空格选上要迁移的人。')
      const output = await call('household.move', {
        people: toPersonIds(moving),
        dwellingId: String(values['targetDwellingId']),
        moveInDate: String(values['moveInDate']),
        reason: String(values['reason']),
      })
      setReason(String(values['reason']))
      setEmptied(output.emptied)
      const sentence = `已迁移 ${output.count} 人 ${formatMinute(output.savedAt)}`
      setDone(sentence)
      if (output.emptied.length === 0) props.onDone(sentence)
      return output
    },
    () => undefined,
  )

  if (emptied.length > 0) return <VacantQuestion {...{ emptied, reason, done }} onDone={props.onDone} />

  const onFieldsKeyDown = (event: KeyboardEvent): void => {
    // Back from the first field is the list of people.
    const isBack = isPressed(event.nativeEvent, moveHouseholdKeys.toPeople)
    const isFirst =
      event.target instanceof Element && event.target.closest('[data-field="targetDwellingId"]') !== null
    if (!isBack || !isFirst) return
    event.preventDefault()
    event.stopPropagation()
    const list = fields.current?.previousElementSibling
    if (list instanceof HTMLElement) list.focus()
  }
  const homes = [...new Set(people.map((person) => person.dwellingTitle))]
  return (
    <ActDialog
      title="整户迁移"
      isWide
      form={form}
      performLabel={`迁移 ${moving.length} 人`}
      onClose={props.onClose}
    >
      <p className="act-rows">{`现住 ${homes.join('、')}`}</p>
      <p className="hint">{`${people.length} 人默认全部迁移。Shift+Tab 到名单,空格 不迁此人或重新选上,Enter 返回。`}</p>
      <ChoiceList
        label="迁移人员"
        entries={people.map(toPersonEntry)}
        chosen={chosen}
        onTurn={(key) =>
          setChosen((before) => {
            const next = new Set(before)
            if (!next.delete(key)) next.add(key)
            return next
          })
        }
        onGoOn={() => form.store.focusFirst()}
      />
      <div ref={fields} className="act-below" onKeyDownCapture={onFieldsKeyDown}>
        <ActFields store={form.store} label="整户迁移" onSubmit={() => void form.submit()} />
      </div>
    </ActDialog>
  )
}

function VacantQuestion(props: {
  readonly emptied: MoveOutput['emptied']
  readonly reason: string
  readonly done: string
  readonly onDone: (message: string) => void
}): ReactNode {
  const [isRunning, setIsRunning] = useState(false)
  const [message, setMessage] = useState('')
  const titles = props.emptied.map(({ title }) => title).join('、')
  const accept = async (): Promise<void> => {
    setIsRunning(true)
    try {
      await call('dwelling.markVacant', { ids: props.emptied.map(({ id }) => id), reason: props.reason })
      props.onDone(`${props.done},${titles}已改为空置`)
    } catch (error) {
      setMessage(messageOf(error))
      setIsRunning(false)
    }
  }
  return (
    <Dialog
      title="原住房屋已迁空"
      message={message}
      acts={[
        {
          label: '不改',
          isSafe: true,
          isPrimary: true,
          answer: 'no',
          onSelect: () => props.onDone(props.done),
        },
        { label: '改为空置', isBusy: isRunning, answer: 'yes', onSelect: () => void accept() },
      ]}
    >
      {`${props.done}。${titles}已无人居住,要把使用情况改为「空置」吗?`}
    </Dialog>
  )
}
