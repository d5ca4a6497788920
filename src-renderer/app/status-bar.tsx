import { useState, type ReactNode } from 'react'
import { useAppState } from '../client/app-state.tsx'
import { call } from '../client/call.ts'
import { useReaderStatus } from '../client/use-reader-status.ts'
import { useEvent } from '../client/use-request.ts'
import { formatInstant } from '../components/format-time.ts'
import { ProgressBar } from '../components/progress-bar.tsx'
import { phaseLabel } from '../components/phase-label.ts'
import { readerText } from '../components/reader-label.ts'
import type { TabPage } from './tab.ts'
import type { AppState, SyncStatus } from '../../src-shared/contract/types.ts'

function serverText(state: AppState): string {
  const { server } = state.settings
  if (!server.isEnabled || server.host === '') return '单机模式'
  return `服务器 ${server.host}:${server.port} ${onlineText(state.sync)}`
}

function accountText(state: AppState): string {
  return state.account ? `${state.account.stationName} ${state.account.displayName}` : '未登录'
}

type Work = { readonly label: string; readonly done: number; readonly total: number | null }

/** The foot of the window: who, which server, what waits, what runs. `message` stays until the next one. */
export function StatusBar(props: {
  readonly message: string
  readonly openTab: (page: TabPage) => void
}): ReactNode {
  const state = useAppState()
  const { sync } = state
  const [work, setWork] = useState<Work>()
  useEvent('work.progress', (progress) => setWork(progress.isFinished ? undefined : progress))

  return (
    <footer className="status-bar" aria-label="状态栏">
      <span className="status-part">{accountText(state)}</span>
      <span
        className={sync.isOnline === false ? 'status-part status-attention' : 'status-part'}
        title={sync.lastError ?? undefined}
      >
        {serverText(state)}
      </span>
      <span className={sync.pendingCount > 0 ? 'status-part status-attention' : 'status-part'}>
        {`未上传 ${sync.pendingCount}`}
      </span>
      {sync.question ? (
        <StatusLink
          label={`同步已停:${sync.question.title}`}
          onOpen={() => props.openTab({ kind: 'sync' })}
        />
      ) : null}
      {sync.setAsideCount > 0 ? (
        <StatusLink label={`被退回 ${sync.setAsideCount}`} onOpen={() => props.openTab({ kind: 'sync' })} />
      ) : null}
      {sync.heldCount > 0 ? (
        <StatusLink label={`搁置 ${sync.heldCount}`} onOpen={() => props.openTab({ kind: 'sync' })} />
      ) : null}
      {sync.conflictCount > 0 ? (
        <StatusLink
          label={`冲突 ${sync.conflictCount}`}
          onOpen={() => props.openTab({ kind: 'conflicts' })}
        />
      ) : null}
      {sync.duplicateCount > 0 ? (
        <StatusLink
          label={`重复 ${sync.duplicateCount}`}
          onOpen={() => props.openTab({ kind: 'conflicts' })}
        />
      ) : null}
      {state.backupNotice === null ? null : (
        <StatusLink label={state.backupNotice} onOpen={() => props.openTab({ kind: 'backup' })} />
      )}
      <span className="status-part">
        {sync.lastRoundAt === null ? '尚未同步' : `上次同步 ${formatInstant(sync.lastRoundAt, state.today)}`}
      </span>
      {sync.notice ? (
        <span className="status-part status-notice status-attention" role="status" title={sync.notice}>
          {sync.notice}
        </span>
      ) : null}
      <ReaderPart />
      <span className="status-message" role="status">
        {props.message}
      </span>
      {work ? <ProgressBar {...work} /> : null}
      {sync.isRunning ? (
        <>
          <ProgressBar
            label={phaseLabel(sync.progress)}
            done={sync.progress?.done ?? 0}
            total={sync.progress?.total ?? null}
          />
          <button
            type="button"
            className="status-button"
            onClick={() => {
              call('sync.cancel', {}).catch(() => undefined)
            }}
          >
            取消
          </button>
        </>
      ) : null}
    </footer>
  )
}

/** The readers, and what the clerk should know of them: never a dialog, the form goes on. */
function ReaderPart(): ReactNode {
  const status = useReaderStatus()
  if (!status || status.state === 'off') return null
  const isWell = status.notice === null && status.state !== 'fault'
  return (
    <>
      <span className={isWell ? 'status-part' : 'status-part status-attention'} aria-label="读卡器状态">
        {readerText(status)}
      </span>
      {status.notice === null ? null : (
        <span className="status-part status-notice status-attention" role="status" title={status.notice}>
          {status.notice}
        </span>
      )}
    </>
  )
}

/** What waits for a person, and the way to where it is decided. */
function StatusLink(props: { readonly label: string; readonly onOpen: () => void }): ReactNode {
  return (
    <button type="button" className="status-part status-link status-attention" onClick={props.onOpen}>
      {props.label}
    </button>
  )
}

/** What 在线/离线 is known to be: only our own server's answer counts. */
export function onlineText(sync: SyncStatus): string {
  return sync.isOnline === null ? '未连接' : sync.isOnline ? '在线' : '离线'
}
