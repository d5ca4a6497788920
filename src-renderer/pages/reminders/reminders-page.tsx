import { Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { compactCode } from '../../../src-shared/values/text.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { messageOf } from '../../client/call.ts'
import { TodoBoard } from '../../todo/todo-board.tsx'
import { useWithinDays } from '../../todo/use-within-days.ts'

const kinds = ['permitEnding', 'permitInProcess'] as const
const mostDays = 366

/** 居住证—到期提醒: permits that end within so many days, and applications whose day comes or has passed. */
export function RemindersPage(props: PageProps): ReactNode {
  const { region } = useAppState()
  const [withinDays, choose] = useWithinDays()
  /** What is typed and not taken yet. */
  const [typing, setTyping] = useState<string>()
  const text = typing ?? String(withinDays)
  const [problem, setProblem] = useState<string>()
  const id = useId()

  const take = (): void => {
    const typed = compactCode(text)
    if (!/^\d{1,3}$/.test(typed) || Number(typed) < 1 || Number(typed) > mostDays) {
      setProblem(`天数应为 1 至 ${mostDays} 之间的整数。`)
      return
    }
    setProblem(undefined)
    setTyping(undefined)
    if (Number(typed) !== withinDays)
      choose(Number(typed)).catch((error: unknown) => setProblem(messageOf(error)))
  }
  return (
    <div className="reminders">
      <form
        className="reminders-bar"
        aria-label="提醒范围"
        onSubmit={(event) => {
          event.preventDefault()
          take()
        }}
      >
        <label htmlFor={id}>到期前提醒天数</label>
        <Input
          id={id}
          inputMode="numeric"
          value={text}
          data-initial-focus=""
          onChange={(event) => setTyping(event.target.value)}
          onBlur={take}
        />
        <span className={problem === undefined ? 'hint' : 'problem'} role="status">
          {problem ?? `〈${region.profile.name}〉;改后按 Enter,本机记住。`}
        </span>
      </form>
      <TodoBoard
        kinds={kinds}
        withinDays={withinDays}
        isActive={props.isActive}
        openTab={props.openTab}
        hidesEmpty={false}
        startsAfter={0}
      />
    </div>
  )
}
