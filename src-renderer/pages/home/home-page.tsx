import { useEffect, useRef, useState, type ReactNode } from 'react'
import { TODO_KINDS } from '../../../src-shared/contract/todo-kinds.ts'
import type { Draft } from '../../../src-shared/contract/types.ts'
import { REGISTER_NAMES, type RegisterName } from '../../../src-shared/registers/register.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { enterCommands, queryCommands, shortcutOf, synchronise, type Command } from '../../app/commands.ts'
import { entryTitleOf } from '../../app/tabs.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { isDraftOpen, listDraftsAbove, listRootDrafts } from '../../forms/root-drafts.ts'
import { TodoBoard } from '../../todo/todo-board.tsx'
import { useWithinDays } from '../../todo/use-within-days.ts'
import { FirstRun } from './first-run.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { formKeys, windowKeys } from '../../keys/bindings.ts'
import { keysText } from '../../keys/press.ts'

/** The home page is there, and can be typed on, before anything is counted: milliseconds. */
const countsAfter = 1_500

function opensRegister({ act }: Command, register: RegisterName): boolean {
  if (act.kind !== 'open') return false
  const page = act.page()
  return (page.kind === 'entry' || page.kind === 'query') && page.register === register
}

/** 首页: what to press, what was left unfinished, how much there is. */
export function HomePage(props: PageProps): ReactNode {
  const { counts, isDemoLoaded, settings } = useAppState()
  const [withinDays] = useWithinDays()
  const isEmpty = REGISTER_NAMES.every((name) => counts[name] === 0)
  const root = useRef<HTMLDivElement>(null)
  const { isFirstRunDone } = settings
  const wasDone = useRef(isFirstRunDone)
  useEffect(() => {
    // The wizard is gone with what had the focus: the work begins at the first of the list.
    if (isFirstRunDone && !wasDone.current && document.activeElement === document.body)
      root.current?.querySelector<HTMLElement>('.link-button')?.focus()
    wasDone.current = isFirstRunDone
  }, [isFirstRunDone])
  return (
    <div ref={root} className="home">
      {settings.isFirstRunDone ? null : <FirstRun />}
      <div className="home-columns">
        <section aria-labelledby="home-start">
          <h2 id="home-start">开始工作</h2>
          <table className="home-table">
            <thead>
              <tr>
                <th scope="col">登记簿</th>
                <th scope="col" className="number">
                  有效记录
                </th>
                <th scope="col">新增</th>
                <th scope="col">查询</th>
              </tr>
            </thead>
            <tbody>
              {REGISTER_NAMES.map((name) => {
                const { label } = getRegister(name)
                const enter = enterCommands.find((command) => opensRegister(command, name))
                const query = queryCommands.find((command) => opensRegister(command, name))
                return (
                  <tr key={name}>
                    <th scope="row">{label}</th>
                    <td className="number">{counts[name].toLocaleString('zh-CN')}</td>
                    {[enter, query].map((command) =>
                      command?.act.kind === 'open' ? (
                        <td key={command.label}>
                          <HomeLink
                            label={command.label}
                            shortcut={command.shortcut}
                            page={command.act.page}
                            openTab={props.openTab}
                          />
                        </td>
                      ) : null,
                    )}
                  </tr>
                )
              })}
            </tbody>
          </table>
          {isEmpty ? (
            <p className="hint">
              还没有记录。按 Alt+1 开始登记流动人员;想先练习,可按 Ctrl+F12 装入演示数据。
            </p>
          ) : isDemoLoaded ? (
            <p className="attention">本机装有演示数据,不会上传。正式使用前,可按 Ctrl+F12 移除。</p>
          ) : null}
        </section>
        <section aria-labelledby="home-todo" className="home-todo">
          <h2 id="home-todo">到期和待处理</h2>
          <TodoBoard
            kinds={TODO_KINDS}
            withinDays={withinDays}
            isActive={props.isActive}
            openTab={props.openTab}
            hidesEmpty
            startsAfter={countsAfter}
          />
        </section>
      </div>
      <Waiting openTab={props.openTab} />
      <LeftDrafts {...props} />
      <section aria-labelledby="home-keys">
        <h2 id="home-keys">常用键</h2>
        <dl className="home-keys">
          {dailyKeys.map((line) => (
            <div key={line.keys}>
              <dt>
                <kbd>{line.keys}</kbd>
              </dt>
              <dd>{line.does}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  )
}

const dailyKeys = [
  { keys: 'Alt', does: '进入菜单' },
  { keys: formKeys.next.keys[0], does: '下一项' },
  { keys: keysText(formKeys.saveAndNew), does: '保存并新增' },
  { keys: keysText(formKeys.nextMark), does: '下一个有误的项' },
  { keys: keysText(windowKeys.nextTab), does: '下一个标签页' },
  { keys: keysText(windowKeys.palette), does: windowKeys.palette.does },
  { keys: synchronise.shortcut, does: '同步' },
  { keys: keysText(windowKeys.keyMap), does: '全部快捷键' },
] as const

function HomeLink(props: {
  readonly label: string
  readonly shortcut: string
  readonly page: () => Parameters<PageProps['openTab']>[0]
  readonly openTab: PageProps['openTab']
}): ReactNode {
  return (
    <button type="button" className="link-button" onClick={() => props.openTab(props.page())}>
      {props.label}
      <kbd aria-hidden="true">{props.shortcut}</kbd>
    </button>
  )
}

/** Sync stands still until somebody answers; nothing is shown while nothing is asked. */
function Waiting(props: { readonly openTab: PageProps['openTab'] }): ReactNode {
  const { sync } = useAppState()
  const lines = [
    ...(sync.question ? [{ label: `同步已停:${sync.question.title}`, page: { kind: 'sync' } as const }] : []),
  ]
  if (lines.length === 0) return null
  return (
    <section aria-labelledby="home-waiting">
      <h2 id="home-waiting">待处理</h2>
      <ul className="home-waiting">
        {lines.map(({ label, page }) => (
          <li key={label}>
            <button type="button" className="link-button" onClick={() => props.openTab(page)}>
              {label}
              <kbd aria-hidden="true">{shortcutOf('数据同步')}</kbd>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Drafts without an open tab: kept when their tab was closed. */
function LeftDrafts(props: PageProps): ReactNode {
  const { today } = useAppState()
  const drafts = useRequest('draft.list', props.isActive ? {} : undefined)
  const [problem, setProblem] = useState('')
  const { reload } = drafts
  const left = listRootDrafts(drafts.output ?? []).filter((draft) => !isDraftOpen(draft.id))
  if (left.length === 0) return null

  const discard = (id: string): void => {
    call('draft.discard', { id }).then(reload, (error: unknown) => setProblem(messageOf(error)))
  }
  return (
    <section aria-labelledby="home-drafts">
      <h2 id="home-drafts">未完成的录入</h2>
      <table className="home-table">
        <tbody>
          {left.map((draft) => (
            <tr key={draft.id}>
              <th scope="row">{draftLabel(draft)}</th>
              <td>{draftSummary(draft)}</td>
              <td>{formatInstant(draft.updatedAt, today)}</td>
              <td>
                <button
                  type="button"
                  className="link-button"
                  onClick={() =>
                    props.openTab({
                      kind: 'entry',
                      register: draft.register,
                      recordIds: draft.recordId === null ? [] : [draft.recordId],
                      draftId: draft.id,
                      restored: listDraftsAbove(drafts.output ?? [], draft),
                    })
                  }
                >
                  继续填写
                </button>
                <button type="button" className="link-button" onClick={() => discard(draft.id)}>
                  放弃
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="problem" role="status">
        {problem}
      </p>
    </section>
  )
}

function draftLabel(draft: Draft): string {
  const { label } = getRegister(draft.register)
  return draft.recordId === null ? entryTitleOf(draft.register) : `${label}修改`
}

/** The first texts of the form, so that a clerk knows which paper it was. */
function draftSummary(draft: Draft): string {
  const { nameField } = getRegister(draft.register)
  const name = draft.inputs[nameField]?.text ?? ''
  const filled = Object.values(draft.inputs).filter((input) => input.text !== '').length
  return `${name === '' ? '(未填名称)' : name},已填 ${filled} 项`
}
