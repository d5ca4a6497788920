import { Checkbox, Input } from 'antd'
import { useId, useState, type ReactNode } from 'react'
import { KEPT_BACKUPS, type BackupState } from '../../../src-shared/contract/backup-types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { formatBytes, passwordProblem } from './backup-text.ts'
import { FolderRow } from './folder-row.tsx'
import { goToRepeated, noPasswords, PasswordPair } from './password-pair.tsx'

/** 自动备份: once a day while nobody types; what the last one was, good or not. */
export function AutomaticSection(props: {
  readonly state: BackupState
  readonly onChange: () => void
}): ReactNode {
  const { automatic } = props.state
  const { today, refresh } = useAppState()
  const keepId = useId()
  const [isOn, setIsOn] = useState(automatic.isOn)
  const [folder, setFolder] = useState(automatic.folder)
  const [keep, setKeep] = useState(String(automatic.keep))
  const [passwords, setPasswords] = useState(noPasswords)
  const [problem, setProblem] = useState<{ keep?: string; password?: string; other?: string }>({})
  const [isSaved, setIsSaved] = useState(false)
  const [isRunning, setIsRunning] = useState(false)

  const save = async (): Promise<void> => {
    const isPasswordTyped = passwords.password !== '' || passwords.repeated !== ''
    const password = isPasswordTyped ? passwordProblem(passwords.password, passwords.repeated) : undefined
    const count = Number(keep)
    const isCount = Number.isInteger(count) && count >= KEPT_BACKUPS.least && count <= KEPT_BACKUPS.most
    setIsSaved(false)
    setProblem({
      ...(isCount ? {} : { keep: `请录入 ${KEPT_BACKUPS.least} 至 ${KEPT_BACKUPS.most} 的整数。` }),
      ...(password === undefined ? {} : { password }),
    })
    if (!isCount || password !== undefined) return
    setIsRunning(true)
    try {
      await call('backup.setAutomatic', {
        isOn,
        folder,
        keep: count,
        password: isPasswordTyped ? passwords.password : null,
      })
      setPasswords(noPasswords)
      setIsSaved(true)
      props.onChange()
      await refresh()
    } catch (error) {
      setProblem({ other: messageOf(error) })
    } finally {
      setIsRunning(false)
    }
  }

  return (
    <form
      className="backup-section"
      aria-label="自动备份"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isRunning && !goToRepeated(event.currentTarget, passwords)) void save()
      }}
    >
      <FieldRow label="">
        <Checkbox checked={isOn} onChange={(event) => setIsOn(event.target.checked)}>
          每天自动备份
        </Checkbox>
        <p className="hint">每天一次,在没有人录入的时候做。没有成功,或超过 3 天没有做,状态栏会提示。</p>
      </FieldRow>
      <FolderRow
        title="选择自动备份的文件夹"
        folder={folder}
        onChoose={setFolder}
        hint="请选一直接着的另一块磁盘或网络盘。"
        problem={undefined}
      />
      <FieldRow
        label="保留份数"
        htmlFor={keepId}
        problem={problem.keep}
        hint="更早的自动备份会删去;手动的不删。"
      >
        <Input
          id={keepId}
          className="backup-count"
          value={keep}
          maxLength={2}
          inputMode="numeric"
          autoComplete="off"
          onChange={(event) => setKeep(event.target.value)}
        />
      </FieldRow>
      <PasswordPair
        label="备份密码"
        value={passwords}
        onChange={setPasswords}
        hint={
          automatic.hasPassword
            ? '已设置。不改就留空;改了以后,新的备份用新密码,旧的仍用旧密码。'
            : '至少 10 个字符,只在这里设一次。程序不保存密码本身:忘记了,备份谁也打不开。'
        }
        problem={problem.password}
      />
      <FieldRow label="">
        <BusyButton type="primary" htmlType="submit" isBusy={isRunning}>
          确定
        </BusyButton>
        <p role="status" className={problem.other === undefined ? 'good' : 'problem'}>
          {problem.other ?? (isSaved ? '已保存。' : '')}
        </p>
      </FieldRow>
      <dl className="fact-list" aria-label="自动备份情况">
        <dt>上次成功</dt>
        <dd>
          {automatic.lastSuccess === null
            ? '还没有做过'
            : `${formatInstant(automatic.lastSuccess.at, today)},${formatBytes(automatic.lastSuccess.size)},${automatic.lastSuccess.path}`}
        </dd>
        <dt>上次没有成功</dt>
        <dd className={automatic.lastFailure === null ? '' : 'attention'}>
          {automatic.lastFailure === null
            ? '没有'
            : `${formatInstant(automatic.lastFailure.at, today)}:${automatic.lastFailure.message}`}
        </dd>
      </dl>
    </form>
  )
}
