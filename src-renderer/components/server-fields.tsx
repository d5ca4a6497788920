import { Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { call, messageOf } from '../client/call.ts'
import { BusyButton } from './busy-button.tsx'
import { FieldRow } from './field-row.tsx'
import { parseServer, type ServerInput, type ServerProblem } from './server-address.ts'

type Outcome = { readonly isGood: boolean; readonly text: string }

/** 服务器IP, 服务器端口号 and 测试连接. The test asks the address as typed, whether saved or not. */
export function ServerFields(props: {
  readonly value: ServerInput
  readonly onChange: (value: ServerInput) => void
  readonly problem: ServerProblem
  readonly isDisabled: boolean
}): ReactNode {
  const { value, onChange, isDisabled } = props
  const hostId = useId()
  const portId = useId()
  const [isTesting, setIsTesting] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>()

  const change = (part: Partial<ServerInput>): void => {
    setOutcome(undefined)
    onChange({ ...value, ...part })
  }
  const test = async (): Promise<void> => {
    const parsed = parseServer({ ...value, isEnabled: true })
    if (!parsed.ok) {
      setOutcome({ isGood: false, text: parsed.problem.host ?? parsed.problem.port ?? '' })
      return
    }
    setIsTesting(true)
    setOutcome(undefined)
    try {
      const { host, port } = parsed.server
      const { ok, message } = await call('server.test', { host, port })
      setOutcome({ isGood: ok, text: message })
    } catch (error) {
      setOutcome({ isGood: false, text: messageOf(error) })
    } finally {
      setIsTesting(false)
    }
  }

  return (
    <>
      <FieldRow label="服务器IP" htmlFor={hostId} problem={props.problem.host}>
        <Input
          id={hostId}
          className="input-address"
          value={value.host}
          disabled={isDisabled}
          spellCheck={false}
          onChange={(event) => change({ host: event.target.value })}
        />
      </FieldRow>
      <FieldRow label="服务器端口号" htmlFor={portId} problem={props.problem.port}>
        <Input
          id={portId}
          className="input-number"
          value={value.port}
          inputMode="numeric"
          disabled={isDisabled}
          onChange={(event) => change({ port: event.target.value })}
        />
      </FieldRow>
      <FieldRow label="">
        <BusyButton disabled={isDisabled} isBusy={isTesting} onClick={() => void test()}>
          测试连接
        </BusyButton>
        <p role="status" className={outcome ? (outcome.isGood ? 'good' : 'problem') : 'hint'}>
          {isTesting ? '正在测试…' : outcome?.text}
        </p>
      </FieldRow>
    </>
  )
}
