import { Button } from 'antd'
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { DuplicatePair, DuplicateSide } from '../../../src-shared/contract/sync-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { BusyButton } from '../../components/busy-button.tsx'
import { Delayed } from '../../components/delayed.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { useListFocus } from '../../components/section-tabs.tsx'
import { StoredPhoto } from '../../components/stored-photo.tsx'
import { stationLabel } from '../../components/writer-label.ts'
import { targetRow } from '../../tables/grid-keys.ts'
import {
  distinctLabel,
  mergeInput,
  pairKey,
  proposeChoice,
  type DuplicateChoice,
  type Side,
} from './duplicate-choice.ts'
import { duplicateKeys, duplicateListKeys } from '../../keys/bindings.ts'
import { ariaKeys, findPressed, moveOf } from '../../keys/press.ts'

/** Pairs read at once (contract: 500). */
const listed = 100
const pageRows = 12

/** 重复登记: two records of the same person or thing side by side; which stays, and whose value for what differs. */
export function DuplicateSection(props: {
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  readonly panelId: string
  readonly onLeave: () => void
}): ReactNode {
  const { isActive, openTab, panelId } = props
  const { sync } = useAppState()
  const list = useRequest('duplicate.list', { offset: 0, limit: listed })
  /** Pairs that were settled on the answer in sight; the next answer knows by itself. */
  const [settled, setSettled] = useState<{ readonly keys: readonly string[]; readonly of: unknown }>({
    keys: [],
    of: undefined,
  })
  const [place, setPlace] = useState(0)
  const [choices, setChoices] = useState<Readonly<Record<string, DuplicateChoice>>>({})
  const [askingKey, setAskingKey] = useState<string>()
  const [message, setMessage] = useState<{ readonly text: string; readonly isProblem?: boolean }>()
  const [isBusy, setIsBusy] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const { reload } = list
  useSettledChanges(isActive, reload)

  const hidden = settled.of === list.output ? settled.keys : []
  const pairs = (list.output?.rows ?? []).filter((pair) => !hidden.includes(pairKey(pair)))
  const index = Math.min(place, pairs.length - 1)
  const pair = pairs[index]
  const key = pair ? pairKey(pair) : undefined
  const choice = pair && key !== undefined ? (choices[key] ?? proposeChoice(pair)) : undefined

  // Another pair may come before: the one in sight stays.
  const keptKey = useRef<string>(undefined)
  const allKeys = pairs.map(pairKey).join('\n')
  useEffect(() => {
    const at = keptKey.current === undefined ? -1 : allKeys.split('\n').indexOf(keptKey.current)
    if (at >= 0) setPlace(at)
  }, [allKeys])
  useEffect(() => {
    keptKey.current = key
  }, [key])
  const isAsking = askingKey !== undefined && askingKey === key
  useListFocus(panelId, isActive, pairs.length > 0)

  const focusGrid = (): void => box.current?.querySelector<HTMLElement>('[role=grid]')?.focus()
  const go = (step: 1 | -1): void => {
    setMessage(undefined)
    setPlace((index + step + pairs.length) % Math.max(pairs.length, 1))
    focusGrid()
  }
  const settle = async (of: DuplicatePair, act: () => Promise<unknown>, text: string): Promise<void> => {
    if (isBusy) return
    setIsBusy(true)
    setMessage(undefined)
    try {
      await act()
      setSettled({ keys: [...hidden, pairKey(of)], of: list.output })
      setMessage({ text })
      focusGrid()
    } finally {
      setIsBusy(false)
      // Merged or not, and taken apart again: the list knows.
      reload()
    }
  }
  const merge = (): void => {
    if (!pair || !choice) return
    const winner = pair[choice.winner]
    settle(
      pair,
      () => call('record.merge', mergeInput(pair, choice)),
      `已合并,保留「${winner.title}」。按错了?到「已合并」栏取消合并`,
    ).catch((error: unknown) => setMessage({ text: messageOf(error), isProblem: true }))
  }
  const dismiss = async (): Promise<void> => {
    if (!pair) return
    await settle(
      pair,
      () => call('duplicate.dismiss', { register: pair.register, ids: [pair.left.id, pair.right.id] }),
      `已记为「${distinctLabel(pair.register)}」,不再提示`,
    )
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isAsking) return
    const press = event.nativeEvent
    const pressed = findPressed(press, duplicateKeys)
    if (pressed === 'reload') reload()
    else if (press.repeat || !pair) return
    else if (pressed === 'merge') merge()
    else if (pressed === 'dismiss') setAskingKey(key)
    else if (pressed === 'nextPair') go(1)
    else if (pressed === 'previousPair') go(-1)
    else return
    event.preventDefault()
  }

  if (list.output === undefined) {
    return list.problem === undefined ? (
      <Delayed>
        <p className="query-empty">正在读取…</p>
      </Delayed>
    ) : (
      <p className="query-empty problem">{list.problem}</p>
    )
  }
  const total = Math.max(sync.duplicateCount, pairs.length)
  return (
    <div ref={box} className="duplicates" tabIndex={-1} data-section="" onKeyDown={onKeyDown}>
      {pair && choice && key !== undefined ? (
        <>
          <div className="duplicate-bar">
            <strong>{`${getRegister(pair.register).label} 第 ${index + 1} 对,共 ${total} 对`}</strong>
            <BusyButton
              isBusy={pairs.length < 2}
              aria-keyshortcuts={ariaKeys(duplicateKeys.previousPair)}
              onClick={() => go(-1)}
            >
              上一对
              <kbd aria-hidden="true">Ctrl+←</kbd>
            </BusyButton>
            <BusyButton
              isBusy={pairs.length < 2}
              aria-keyshortcuts={ariaKeys(duplicateKeys.nextPair)}
              onClick={() => go(1)}
            >
              下一对
              <kbd aria-hidden="true">Ctrl+→</kbd>
            </BusyButton>
            <span className="duplicate-acts">
              <BusyButton
                type="primary"
                isBusy={isBusy}
                aria-keyshortcuts={ariaKeys(duplicateKeys.merge)}
                onClick={merge}
              >
                合并
                <kbd aria-hidden="true">Ctrl+Enter</kbd>
              </BusyButton>
              <Button aria-keyshortcuts={ariaKeys(duplicateKeys.dismiss)} onClick={() => setAskingKey(key)}>
                {distinctLabel(pair.register)}
                <kbd aria-hidden="true">F7</kbd>
              </Button>
            </span>
          </div>
          <PairGrid
            key={key}
            pair={pair}
            choice={choice}
            onChoice={(next) => setChoices((previous) => ({ ...previous, [key]: next }))}
            openTab={openTab}
            onLeave={props.onLeave}
          />
        </>
      ) : (
        <p className="query-empty">没有重复登记。证件号码或地址相同的两条记录会在这里并列显示。</p>
      )}
      {isAsking && pair ? (
        <AskLine
          label={distinctLabel(pair.register)}
          acceptLabel={distinctLabel(pair.register)}
          onDecline={() => {
            setAskingKey(undefined)
            focusGrid()
          }}
          onAccept={dismiss}
        >
          {`两条记录都保留,以后不再提示这一对。确定「${distinctLabel(pair.register)}」吗?`}
        </AskLine>
      ) : null}
      <div className="query-foot">
        <span>{`共 ${total.toLocaleString('zh-CN')} 对`}</span>
        <span className={message?.isProblem ? 'query-message problem' : 'query-message'} role="status">
          {message?.text}
        </span>
        <span className="query-keys">选左 ←/1 · 选右 →/2 · 合并 Ctrl+Enter · 详细信息 Ctrl+O</span>
      </div>
    </div>
  )
}

/** The first line chooses which record stays; each further one whose value. ↑ ↓ go along what differs. */
function PairGrid(props: {
  readonly pair: DuplicatePair
  readonly choice: DuplicateChoice
  readonly onChoice: (choice: DuplicateChoice) => void
  readonly onLeave: () => void
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { pair, choice, onChoice } = props
  const [activeIndex, setActiveIndex] = useState(0)
  const id = useId()
  const grid = useRef<HTMLDivElement>(null)
  const different = pair.fields.filter(({ isDifferent }) => isDifferent)
  const same = pair.fields.filter(({ isDifferent }) => !isDifferent)
  const lineCount = different.length + 1

  useEffect(() => {
    // The pair before was settled, and the focus went with it.
    const isShown = grid.current?.offsetParent !== null
    if (isShown && document.activeElement === document.body) grid.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => {
    grid.current?.querySelector('.pair-active')?.scrollIntoView({ block: 'nearest' })
  }, [activeIndex])

  const choose = (index: number, side: Side): void => {
    const field = different[index - 1]
    if (index === 0) {
      // Another record stays: what was not chosen by hand is its own again.
      if (side !== choice.winner) onChoice(proposeChoice(pair, side))
    } else if (field) onChoice({ ...choice, picks: { ...choice.picks, [field.field]: side } })
  }
  const chosen = (index: number): Side => {
    const field = different[index - 1]
    return field ? (choice.picks[field.field] ?? choice.winner) : choice.winner
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return
    const press = event.nativeEvent
    const pressed = findPressed(press, duplicateListKeys)
    const move = pressed === 'move' ? moveOf(press) : undefined
    if (move) setActiveIndex(targetRow(move, { active: activeIndex, total: lineCount, pageRows }) ?? 0)
    else if (pressed === 'left' || pressed === 'right') {
      choose(activeIndex, pressed)
      // The next line waits for its own choice.
      if (!press.repeat && activeIndex > 0) setActiveIndex(Math.min(activeIndex + 1, lineCount - 1))
    } else if (pressed === 'details') {
      props.openTab({ kind: 'details', register: pair.register, recordId: pair[chosen(activeIndex)].id })
    } else if (pressed === 'leave') props.onLeave()
    else return
    event.preventDefault()
  }

  const line = (index: number, label: string, left: ReactNode, right: ReactNode): ReactNode => (
    <div
      key={label}
      role="row"
      id={`${id}-${index}`}
      aria-selected={index === activeIndex}
      className={`pair-line pair-different${index === activeIndex ? ' pair-active' : ''}`}
    >
      <div role="rowheader" className="pair-label">
        {label}
      </div>
      {(['left', 'right'] as const).map((side) => {
        const isChosen = chosen(index) === side
        return (
          <div
            key={side}
            role="gridcell"
            aria-selected={isChosen}
            className={isChosen ? 'pair-cell pair-chosen' : 'pair-cell'}
            onClick={() => {
              setActiveIndex(index)
              choose(index, side)
              grid.current?.focus({ preventScroll: true })
            }}
          >
            <span className="pair-dot" aria-hidden="true">
              {isChosen ? '●' : '○'}
            </span>
            <span>{side === 'left' ? left : right}</span>
          </div>
        )
      })}
    </div>
  )
  const { fields } = getRegister(pair.register)
  const shown = (field: DuplicatePair['fields'][number], side: Side): ReactNode => {
    if (field[side] === '') return <span className="hint">(空)</span>
    // Two photos are told apart by looking at them.
    return fields[field.field]?.kind === 'photo' ? (
      <PhotoOf pair={pair} side={side} field={field.field} label={field.label} />
    ) : (
      field[side]
    )
  }
  return (
    <div
      ref={grid}
      role="grid"
      aria-label="重复登记"
      aria-activedescendant={`${id}-${activeIndex}`}
      tabIndex={0}
      className="pair"
      onKeyDown={onKeyDown}
    >
      {line(
        0,
        '保留哪一条',
        <SideHead pair={pair} side={pair.left} openTab={props.openTab} />,
        <SideHead pair={pair} side={pair.right} openTab={props.openTab} />,
      )}
      {different.map((field, offset) =>
        line(offset + 1, field.label, shown(field, 'left'), shown(field, 'right')),
      )}
      {same.length > 0 ? (
        <div role="row" className="pair-caption">
          <div role="gridcell" aria-colspan={3}>
            {different.length === 0 ? '各项都相同' : '以下各项相同'}
          </div>
        </div>
      ) : null}
      {same
        .filter((field) => field.left !== '')
        .map((field) => (
          <div key={field.field} role="row" className="pair-line pair-same">
            <div role="rowheader" className="pair-label">
              {field.label}
            </div>
            <div role="gridcell" aria-colspan={2} className="pair-cell">
              {field.left}
            </div>
          </div>
        ))}
    </div>
  )
}

function PhotoOf(props: {
  readonly pair: DuplicatePair
  readonly side: Side
  readonly field: string
  readonly label: string
}): ReactNode {
  const { pair, side, field, label } = props
  const record = useRequest('record.get', { register: pair.register, id: pair[side].id, purpose: 'show' })
  return <StoredPhoto className="conflict-photo" hash={record.output?.values[field]} label={label} />
}

function SideHead(props: {
  readonly pair: DuplicatePair
  readonly side: DuplicateSide
  readonly openTab: PageProps['openTab']
}): ReactNode {
  const { pair, side } = props
  const { today, account } = useAppState()
  const facts = [
    side.station === '' ? '服务站不详' : stationLabel(account, side.station),
    `登记 ${formatInstant(side.createdAt, today)}`,
    `修改 ${formatInstant(side.updatedAt, today)}`,
    `关联 ${side.linkedCount} 条`,
  ]
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        className="link-button pair-title"
        onClick={(event) => {
          event.stopPropagation()
          props.openTab({ kind: 'details', register: pair.register, recordId: side.id })
        }}
      >
        {side.title}
      </button>
      {side.status === 'cancelled' ? (
        <span className="attention">{getRegister(pair.register).statusLabels.cancelled}</span>
      ) : null}
      <span className="hint pair-facts">{facts.join(' · ')}</span>
    </>
  )
}
