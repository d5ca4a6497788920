import { Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import type { Account } from '../../src-shared/contract/types.ts'
import { call, messageOf } from '../client/call.ts'
import { BusyButton } from './busy-button.tsx'
import { FieldRow } from './field-row.tsx'

/** 账号 and 密码 of a station account. A refusal keeps what was typed. */
export function SignInForm(props: { readonly onSignedIn: (account: Account) => void }): ReactNode {
  const nameId = useId()
  const passwordId = useId()
  const [accountName, setAccountName] = useState('')
  const [password, setPassword] = useState('')
  const [isRunning, setIsRunning] = useState(false)
  const [problem, setProblem] = useState<string>()

  const signIn = async (): Promise<void> => {
    if (accountName.trim() === '' || password === '') {
      setProblem('请输入账号和密码。')
      return
    }
    setIsRunning(true)
    setProblem(undefined)
    try {
      props.onSignedIn(await call('account.signIn', { accountName: accountName.trim(), password }))
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsRunning(false)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void signIn()
      }}
    >
      <FieldRow label="账号" htmlFor={nameId}>
        <Input
          id={nameId}
          className="input-address"
          value={accountName}
          maxLength={60}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setAccountName(event.target.value)}
        />
      </FieldRow>
      <FieldRow label="密码" htmlFor={passwordId}>
        <Input
          id={passwordId}
          className="input-address"
          type="password"
          value={password}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => setPassword(event.target.value)}
        />
      </FieldRow>
      <FieldRow label="" problem={problem}>
        <BusyButton htmlType="submit" isBusy={isRunning}>
          登录
        </BusyButton>
      </FieldRow>
    </form>
  )
}
