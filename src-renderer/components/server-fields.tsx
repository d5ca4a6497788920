import { Checkbox, Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { call, messageOf } from '../client/call.ts'
import { BusyButton } from './busy-button.tsx'
import { FieldRow } from './field-row.tsx'
import type { ServerCertificate } from '../../src-shared/contract/types.ts'
import { isLoopback } from '../../src-shared/values/loopback.ts'
import { parseServer, readHost, type ServerInput, type ServerProblem } from './server-address.ts'
import { ServerFingerprintDialog } from './server-fingerprint-dialog.tsx'

type Outcome = { readonly isGood: boolean; readonly text: string }

/**
 * 服务器IP, 服务器端口号, the line's encryption and 测试连接. The test asks the address as typed, whether saved or not; a certificate
 * that is not trusted yet is shown for a person to compare.
 */
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
  const [shown, setShown] = useState<ServerCertificate>()

  const change = (part: Partial<ServerInput>): void => {
    setOutcome(undefined)
    onChange({ ...value, ...part })
  }
  const test = async (authority: string): Promise<void> => {
    const parsed = parseServer({ ...value, isEnabled: true, authority })
    if (!parsed.ok) {
      const { host, port, line } = parsed.problem
      setOutcome({ isGood: false, text: host ?? port ?? line ?? '' })
      return
    }
    setIsTesting(true)
    setOutcome(undefined)
    try {
      const { isEnabled: _, ...server } = parsed.server
      const { ok, message, certificate } = await call('server.test', server)
      setOutcome({ isGood: ok, text: message })
      if (certificate?.isTrusted === false) setShown(certificate)
    } catch (error) {
      setOutcome({ isGood: false, text: messageOf(error) })
    } finally {
      setIsTesting(false)
    }
  }
  const isOpenLine = !value.usesTls && !isLoopback(readHost(value.host))

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
      <FieldRow label="" problem={props.problem.line}>
        <Checkbox
          checked={value.usesTls}
          disabled={isDisabled}
          onChange={(event) => change({ usesTls: event.target.checked })}
        >
          加密连接(TLS)
        </Checkbox>
        {isOpenLine ? (
          <>
            <Checkbox
              checked={value.allowsPlain}
              disabled={isDisabled}
              onChange={(event) => change({ allowsPlain: event.target.checked })}
            >
              允许不加密的连接
            </Checkbox>
            <p className="hint">不加密时,同一网络中的人能看到密码和传送的内容。只应在可信的专线上使用。</p>
          </>
        ) : null}
      </FieldRow>
      <FieldRow label="">
        <BusyButton disabled={isDisabled} isBusy={isTesting} onClick={() => void test(value.authority)}>
          测试连接
        </BusyButton>
        <p role="status" className={outcome ? (outcome.isGood ? 'good' : 'problem') : 'hint'}>
          {isTesting ? '正在测试…' : outcome?.text}
        </p>
      </FieldRow>
      {shown ? (
        <ServerFingerprintDialog
          certificate={shown}
          isChanged={value.authority !== ''}
          onClose={() => setShown(undefined)}
          onTrust={() => {
            setShown(undefined)
            onChange({ ...value, authority: shown.authority })
            void test(shown.authority)
          }}
        />
      ) : null}
    </>
  )
}
