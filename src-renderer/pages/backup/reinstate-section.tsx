import { Button, Input } from 'antd'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import type { BackupComparison, BackupFile, BackupState } from '../../../src-shared/contract/backup-types.ts'
import { BACKUP_EXTENSION } from '../../../src-shared/contract/backup-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { BusyButton } from '../../components/busy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { nextPlace } from '../../tables/roving.ts'
import { fileTexts, formatBytes, isUnsent, unsentText } from './backup-text.ts'

type Chosen = { readonly path: string; readonly name: string }

/** 恢复: which backup, what is in it against what is here, and the restart that puts it in place. */
export function ReinstateSection(props: {
  readonly state: BackupState
  readonly isActive: boolean
  readonly openTab: PageProps['openTab']
  readonly onChange: () => void
}): ReactNode {
  const { state, isActive, onChange } = props
  const { today } = useAppState()
  const files = useRequest('backup.list', isActive ? { folder: null } : undefined)
  const reloadFiles = files.reload
  // F5 and everything that ends read both anew.
  useEffect(() => reloadFiles(), [state, reloadFiles])
  const [chosen, setChosen] = useState<Chosen>()
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState('')
  const [isRunning, setIsRunning] = useState(false)
  const [isRestartAsked, setIsRestartAsked] = useState(false)
  const passwordId = useId()
  const root = useRef<HTMLDivElement>(null)

  const inspect = async (source: { readonly kept: string } | Chosen): Promise<void> => {
    setProblem('')
    setIsRunning(true)
    try {
      await call(
        'backup.inspect',
        'kept' in source
          ? { kind: 'kept', name: source.kept }
          : { kind: 'file', path: source.path, password },
      )
      setPassword('')
      setChosen(undefined)
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsRunning(false)
      onChange()
    }
  }
  const chooseFile = async (): Promise<void> => {
    setProblem('')
    try {
      const found = await call('file.chooseSource', { title: '选择备份文件', extension: BACKUP_EXTENSION })
      if (found) setChosen({ path: found.path, name: found.path.split(/[\\/]/).at(-1) ?? found.path })
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  useEffect(() => {
    if (chosen) document.getElementById(passwordId)?.focus()
  }, [chosen, passwordId])
  const drop = async (): Promise<void> => {
    await call('backup.drop', {})
    onChange()
    root.current?.querySelector<HTMLElement>('button')?.focus()
  }

  if (state.prepared)
    return (
      <div ref={root} className="backup-section" role="group" aria-label="等待重新启动">
        <p className="attention" role="status">
          {`恢复已准备好:${state.prepared.sourceName}(${formatInstant(state.prepared.madeAt, today)})。重新启动程序时换上;现在的数据库会留作「恢复之前」。`}
        </p>
        <p className="hint">重新启动之前再有录入,这次恢复就不会进行,录入的内容不会丢失。</p>
        <div className="button-row">
          <BusyButton type="primary" isBusy={false} onClick={() => setIsRestartAsked(true)}>
            重新启动…
          </BusyButton>
          <BusyButton
            isBusy={false}
            onClick={() => {
              drop().catch((error: unknown) => setProblem(messageOf(error)))
            }}
          >
            取消这次恢复
          </BusyButton>
          <span role="status" className="problem">
            {problem}
          </span>
        </div>
        {isRestartAsked ? <RestartQuestion onNo={() => setIsRestartAsked(false)} /> : null}
      </div>
    )
  if (state.checked)
    return (
      <Comparison
        comparison={state.checked}
        openTab={props.openTab}
        onReinstate={async (id, reason) => {
          try {
            await call('backup.reinstate', { id, reason })
            setIsRestartAsked(true)
          } finally {
            onChange()
          }
        }}
        onDrop={() => {
          drop().catch((error: unknown) => setProblem(messageOf(error)))
        }}
      />
    )
  return (
    <div ref={root} className="backup-section backup-wide">
      <section aria-labelledby={`${passwordId}-files`}>
        <h3 id={`${passwordId}-files`}>备份文件</h3>
        <FileTable
          files={files.output ?? []}
          isKnown={files.output !== undefined}
          today={today}
          onChoose={setChosen}
        />
        <div className="button-row">
          <Button autoInsertSpace={false} data-initial-focus="" onClick={() => void chooseFile()}>
            选择其他文件…
          </Button>
          <span role="status" className="problem">
            {files.problem}
          </span>
        </div>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (chosen && !isRunning) void inspect(chosen)
          }}
        >
          <FieldRow label="选中的备份">
            <span className={chosen ? 'selectable' : 'hint'}>{chosen?.name ?? '还没有选择'}</span>
          </FieldRow>
          <FieldRow label="备份密码" htmlFor={passwordId} hint="做这份备份时设的密码。">
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
          <FieldRow label="">
            <BusyButton type="primary" htmlType="submit" isBusy={isRunning} disabled={!chosen}>
              核对这份备份
            </BusyButton>
            <p role="status" className="problem">
              {problem}
            </p>
            <p className="hint">核对只读备份,不改动本机的数据。看过内容以后再决定是否恢复。</p>
          </FieldRow>
        </form>
      </section>
      {state.kept.length === 0 ? null : (
        <section aria-labelledby={`${passwordId}-kept`}>
          <h3 id={`${passwordId}-kept`}>恢复之前的数据库</h3>
          <p className="hint">每次恢复,换下来的数据库都留在本机,不会自动删除。恢复错了,可以回去。</p>
          <ul className="backup-kept">
            {state.kept.map((kept) => (
              <li key={kept.name}>
                <span>{`${formatInstant(kept.keptAt, today)} 换下,${formatBytes(kept.size)}`}</span>
                <BusyButton isBusy={isRunning} onClick={() => void inspect({ kept: kept.name })}>
                  回到恢复之前
                </BusyButton>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

const COLUMNS = ['时间', '服务站', '记录数', '未上传', '大小', '种类'] as const

/** Backups of the known folders: ↑ ↓ along them, Enter chooses. */
function FileTable(props: {
  readonly files: readonly BackupFile[]
  readonly isKnown: boolean
  readonly today: string
  readonly onChoose: (file: Chosen) => void
}): ReactNode {
  const { files } = props
  const [active, setActive] = useState(0)
  const body = useRef<HTMLTableSectionElement>(null)
  if (files.length === 0)
    return props.isKnown ? (
      <p className="hint">备份文件夹中没有备份(或U盘没有插好)。请选择其他文件。</p>
    ) : null
  return (
    <div className="backup-files">
      <table className="home-table" aria-label="备份文件">
        <thead>
          <tr>
            {COLUMNS.map((label, index) => (
              <th key={label} scope="col" className={index >= 2 && index <= 4 ? 'number' : ''}>
                {label}
              </th>
            ))}
            <th scope="col">文件</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {files.map((file, row) => (
            <tr key={file.path}>
              {fileTexts(file, props.today).map((text, index) => (
                <td
                  key={COLUMNS[index]}
                  className={`${index >= 2 && index <= 4 ? 'number' : ''}${file.header === null && index === 5 ? ' problem' : ''}`}
                >
                  {text}
                </td>
              ))}
              <td>
                <button
                  type="button"
                  className="link-button"
                  disabled={file.header === null}
                  tabIndex={row === Math.min(active, files.length - 1) ? 0 : -1}
                  onFocus={() => setActive(row)}
                  onClick={() => props.onChoose({ path: file.path, name: file.name })}
                  onKeyDown={(event) => {
                    const next = nextPlace(
                      event.nativeEvent,
                      { row, column: 0 },
                      { rows: files.length, columns: 1 },
                    )
                    if (!next) return
                    event.preventDefault()
                    event.stopPropagation()
                    body.current?.querySelectorAll<HTMLElement>('button')[next.row]?.focus()
                  }}
                >
                  {file.name}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What is in the backup against what is here, above all what would be missing; then the decision. */
function Comparison(props: {
  readonly comparison: BackupComparison
  readonly openTab: PageProps['openTab']
  readonly onReinstate: (id: string, reason: string) => Promise<void>
  readonly onDrop: () => void
}): ReactNode {
  const { comparison } = props
  const { today } = useAppState()
  const title = useRef<HTMLHeadingElement>(null)
  const [isAsked, setIsAsked] = useState(false)
  const hasUnsent = isUnsent(comparison.unsent)
  useEffect(() => {
    // The form that asked is gone with the focus; one that has moved on elsewhere stays there.
    if (document.activeElement === document.body) title.current?.focus()
  }, [comparison.id])
  const rows = comparison.records.filter(({ there, here }) => there + here > 0)
  return (
    <div className="backup-section backup-wide">
      <h3 ref={title} tabIndex={-1}>{`核对完成:${comparison.sourceName}`}</h3>
      <dl className="fact-list">
        <dt>备份时间</dt>
        <dd>{formatInstant(comparison.madeAt, today)}</dd>
        <dt>服务站</dt>
        <dd>{comparison.stationName ?? '本机'}</dd>
        <dt>来自</dt>
        <dd>{comparison.isOtherMachine ? '另一台电脑(恢复后改用本机的密钥)' : '本机'}</dd>
        {comparison.schema < comparison.ownSchema ? (
          <>
            <dt>数据版本</dt>
            <dd>较旧,恢复时自动升级</dd>
          </>
        ) : null}
      </dl>
      <table className="home-table backup-compare" aria-label="备份与本机">
        <thead>
          <tr>
            <th scope="col">登记簿</th>
            <th scope="col" className="number">
              备份中
            </th>
            <th scope="col" className="number">
              本机现有
            </th>
            <th scope="col" className="number">
              相差
            </th>
          </tr>
        </thead>
        <tbody>
          {[
            ...rows.map(({ register, ...counts }) => ({ label: getRegister(register).label, ...counts })),
            { label: '照片', ...comparison.photos },
          ].map(({ label, there, here }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="number">{there.toLocaleString('zh-CN')}</td>
              <td className="number">{here.toLocaleString('zh-CN')}</td>
              <td className={there < here ? 'number attention' : 'number'}>
                {there === here ? '0' : `${there > here ? '+' : '−'}${Math.abs(there - here)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasUnsent ? (
        <div className="backup-unsent" role="alert">
          <p className="attention">
            {`本机有服务器没有收到、这份备份中也没有的内容:${unsentText(comparison.unsent)}。`}
          </p>
          <p>请先同步,或导出同步包,再回来恢复。不这样做,恢复后这些内容只留在「恢复之前的数据库」里。</p>
          <div className="button-row">
            <Button autoInsertSpace={false} onClick={() => props.openTab({ kind: 'sync' })}>
              去同步或导出同步包
            </Button>
          </div>
        </div>
      ) : (
        <p className="good">
          本机没有服务器没收到、备份中又没有的内容。备份之后上传过的,恢复后会从服务器取回。
        </p>
      )}
      {isAsked ? (
        <AskLine
          label="恢复"
          {...(hasUnsent ? { reasonLabel: '原因' } : {})}
          acceptLabel="恢复"
          onAccept={(reason) => props.onReinstate(comparison.id, reason)}
          onDecline={() => {
            setIsAsked(false)
            title.current?.focus()
          }}
        >
          {hasUnsent
            ? '仍要恢复,请写明原因。现在的数据库会保留,可以回到恢复之前。'
            : '用这份备份换下现在的数据库吗?现在的数据库会保留,可以回到恢复之前。'}
        </AskLine>
      ) : (
        <div className="button-row">
          <BusyButton type="primary" isBusy={false} onClick={() => setIsAsked(true)}>
            恢复这份备份…
          </BusyButton>
          <BusyButton isBusy={false} onClick={props.onDrop}>
            不恢复,返回
          </BusyButton>
        </div>
      )}
    </div>
  )
}

/** The same question as after a change of the settings. */
function RestartQuestion(props: { readonly onNo: () => void }): ReactNode {
  const [problem, setProblem] = useState('')
  return (
    <Dialog
      title="恢复"
      message={<span className="problem">{problem}</span>}
      acts={[
        {
          label: '是',
          answer: 'yes',
          onSelect: () => {
            call('app.restart', {}).catch((error: unknown) => setProblem(messageOf(error)))
          },
        },
        { label: '否', answer: 'no', isSafe: true, isPrimary: true, onSelect: props.onNo },
      ]}
    >
      备份已准备好,必须重启应用程序。是否要重新启动应用程序?
    </Dialog>
  )
}
