import { useState, type ReactNode } from 'react'
import type { BackupState, MadeBackup } from '../../../src-shared/contract/backup-types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { formatBytes, passwordProblem } from './backup-text.ts'
import { FolderRow } from './folder-row.tsx'
import { goToRepeated, noPasswords, PasswordPair } from './password-pair.tsx'

/** 备份: where to, under which password; said to be done when the file was read back and is whole. */
export function MakeSection(props: { readonly state: BackupState }): ReactNode {
  const { state } = props
  const { today } = useAppState()
  const [chosen, setChosen] = useState<string>()
  const [passwords, setPasswords] = useState(noPasswords)
  const [problem, setProblem] = useState<{ folder?: string; password?: string; other?: string }>({})
  const [made, setMade] = useState<MadeBackup>()
  const [isRunning, setIsRunning] = useState(false)
  const folder = chosen ?? state.folder

  const make = async (): Promise<void> => {
    const password = passwordProblem(passwords.password, passwords.repeated)
    setMade(undefined)
    setProblem({
      ...(folder === null ? { folder: '文件夹,必须录入,不能为空!' } : {}),
      ...(password === undefined ? {} : { password }),
    })
    if (folder === null || password !== undefined) return
    setIsRunning(true)
    try {
      setMade(await call('backup.make', { folder, password: passwords.password }))
      setPasswords(noPasswords)
    } catch (error) {
      setProblem({ other: messageOf(error) })
    } finally {
      setIsRunning(false)
    }
  }

  return (
    <form
      className="backup-section"
      aria-label="备份"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isRunning && !goToRepeated(event.currentTarget, passwords)) void make()
      }}
    >
      <p>
        把本机的全部记录、照片、草稿和没有上传的内容存成一个加密的文件,放到U盘或另一块磁盘上。备份时可以继续录入。
      </p>
      <FolderRow
        title="选择备份文件夹"
        folder={folder}
        onChoose={setChosen}
        hint={`请选U盘、移动硬盘或网络盘:与本机在同一块磁盘上的备份,磁盘坏了会一起丢。本机数据库 ${formatBytes(state.storeBytes)}。`}
        problem={problem.folder}
        takesFocus
      />
      <PasswordPair
        label="备份密码"
        value={passwords}
        onChange={setPasswords}
        hint="至少 10 个字符。程序不保存这个密码:忘记了,这份备份谁也打不开,请另外记好、锁好。"
        problem={problem.password}
      />
      <FieldRow label="">
        <span className="button-row">
          <BusyButton type="primary" htmlType="submit" isBusy={isRunning}>
            立即备份
          </BusyButton>
        </span>
        <p role="status" className={problem.other === undefined ? 'good' : 'problem'}>
          {problem.other ?? (made ? '备份完成(已核对)' : '')}
        </p>
        {made ? (
          <dl className="fact-list" aria-label="备份结果">
            <dt>文件</dt>
            <dd className="selectable">{made.path}</dd>
            <dt>时间</dt>
            <dd>{formatInstant(made.madeAt, today)}</dd>
            <dt>内容</dt>
            <dd>{`${made.recordCount.toLocaleString('zh-CN')} 条记录,${formatBytes(made.size)}`}</dd>
          </dl>
        ) : null}
      </FieldRow>
    </form>
  )
}
