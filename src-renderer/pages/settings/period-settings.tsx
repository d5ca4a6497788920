import { Button, Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { compactCode } from '../../../src-shared/values/text.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { FieldRow } from '../../components/field-row.tsx'

const longestMinutes = 1_440

/** 同步周期: minutes between two automatic rounds; 0 is by hand only. */
export function PeriodSettings(): ReactNode {
  const { settings, refresh } = useAppState()
  const id = useId()
  const [text, setText] = useState(String(settings.syncPeriodMinutes))
  const [problem, setProblem] = useState<string>()
  const [message, setMessage] = useState('')

  const save = async (): Promise<void> => {
    const typed = compactCode(text)
    setMessage('')
    if (!/^\d{1,4}$/.test(typed) || Number(typed) > longestMinutes) {
      setProblem(`应为 0 至 ${longestMinutes} 之间的整数,请核对。`)
      return
    }
    setProblem(undefined)
    try {
      const syncPeriodMinutes = Number(typed)
      await call('settings.save', { settings: { ...settings, syncPeriodMinutes } })
      await refresh()
      setText(typed)
      setMessage('已保存。')
    } catch (error) {
      setProblem(messageOf(error))
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <FieldRow label="自动同步间隔(分钟)" htmlFor={id} problem={problem} hint="0 表示只在按 F9 时同步。">
        <Input
          id={id}
          className="input-number"
          inputMode="numeric"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </FieldRow>
      <FieldRow label="">
        <Button type="primary" htmlType="submit" autoInsertSpace={false}>
          确定
        </Button>
        <p role="status" className="good">
          {message}
        </p>
      </FieldRow>
    </form>
  )
}
