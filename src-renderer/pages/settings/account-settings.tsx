import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import type { Account } from '../../../src-shared/contract/types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { SignInForm } from '../../components/sign-in-form.tsx'

const roleLabels: Readonly<Record<Account['role'], string>> = {
  clerk: '操作员',
  viewer: '查询员',
  administrator: '管理员',
}

/** 账号: who is signed in at this machine. */
export function AccountSettings(): ReactNode {
  const { account, settings, refresh } = useAppState()
  const [problem, setProblem] = useState('')

  if (!account) {
    const isServerSet = settings.server.isEnabled && settings.server.host !== ''
    return (
      <>
        <p className="sheet-text">
          {isServerSet
            ? '尚未登录。登录后,本机登记的记录归属账号所在的服务站,并可上传。'
            : '尚未登录。登录账号须先在「系统初始化」中设置服务器IP。'}
        </p>
        <SignInForm onSignedIn={() => void refresh()} />
      </>
    )
  }
  return (
    <>
      <dl className="fact-list">
        <dt>账号</dt>
        <dd>{account.accountName}</dd>
        <dt>姓名</dt>
        <dd>{account.displayName}</dd>
        <dt>角色</dt>
        <dd>{roleLabels[account.role]}</dd>
        <dt>服务站</dt>
        <dd>{`${account.stationName}(${account.stationCode})`}</dd>
      </dl>
      <Button
        onClick={() => {
          call('account.signOut', {})
            .then(refresh)
            .catch((error: unknown) => setProblem(messageOf(error)))
        }}
      >
        退出登录
      </Button>
      <p className="problem" role="status">
        {problem}
      </p>
    </>
  )
}
