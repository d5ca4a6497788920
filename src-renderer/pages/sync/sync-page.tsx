import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'

/** 工具—数据同步: what waits, what the last round did, and the way to start or stop one. */
export function SyncPage(props: PageProps): ReactNode {
  const { sync, settings, account, today } = useAppState()
  const [problem, setProblem] = useState('')
  const { server } = settings
  const isServerSet = server.isEnabled && server.host !== ''

  const ask = (name: 'sync.run' | 'sync.cancel'): void => {
    setProblem('')
    call(name, {}).catch((error: unknown) => setProblem(messageOf(error)))
  }

  return (
    <div className="text-page">
      <h2>数据同步</h2>
      <dl className="fact-list">
        <dt>服务器</dt>
        <dd>{isServerSet ? `${server.host}:${server.port}` : '未设置(单机模式)'}</dd>
        <dt>连接</dt>
        <dd>{connectionText(isServerSet, sync.isOnline)}</dd>
        <dt>账号</dt>
        <dd>{account ? `${account.displayName}(${account.stationName})` : '未登录'}</dd>
        <dt>未上传</dt>
        <dd>{`${sync.pendingCount} 项`}</dd>
        {sync.setAsideCount > 0 ? (
          <>
            <dt>被退回</dt>
            <dd className="attention">{`${sync.setAsideCount} 项,服务器未接收,须核对后重新保存`}</dd>
          </>
        ) : null}
        <dt>上次同步</dt>
        <dd>{sync.lastRoundAt === null ? '尚未同步' : formatInstant(sync.lastRoundAt, today)}</dd>
        <dt>自动同步</dt>
        <dd>
          {settings.syncPeriodMinutes === 0 ? '未启用,只手动同步' : `每 ${settings.syncPeriodMinutes} 分钟`}
        </dd>
      </dl>
      <div className="button-row">
        <BusyButton
          type="primary"
          {...(isServerSet ? { 'data-initial-focus': '' } : {})}
          disabled={!isServerSet}
          isBusy={sync.isRunning}
          aria-keyshortcuts="F9"
          onClick={() => ask('sync.run')}
        >
          立即同步
          <kbd aria-hidden="true">F9</kbd>
        </BusyButton>
        {sync.isRunning ? (
          <Button autoInsertSpace={false} onClick={() => ask('sync.cancel')}>
            取消
          </Button>
        ) : null}
        {isServerSet ? null : (
          <Button data-initial-focus="" onClick={() => props.openTab({ kind: 'settings' })}>
            设置服务器
          </Button>
        )}
      </div>
      <div className="sync-progress">
        {sync.isRunning ? (
          <ProgressBar
            label={sync.progress ? (sync.progress.phase === 'push' ? '正在上传' : '正在下载') : '正在连接'}
            done={sync.progress?.done ?? 0}
            total={sync.progress?.total ?? null}
          />
        ) : null}
      </div>
      <p role="status" className="problem">
        {problem || (sync.isRunning ? '' : sync.lastError)}
      </p>
      {sync.notice ? <p className="attention">{sync.notice}</p> : null}
      <p className="hint">
        数据先保存在本机,收到服务器回执后才记为「已上传」。断网或取消不会丢失数据,未上传的下次继续。
      </p>
    </div>
  )
}

function connectionText(isServerSet: boolean, isOnline: boolean | null): string {
  if (!isServerSet) return '单机模式,数据只保存在本机'
  if (isOnline === null) return '尚未连接,按 F9 同步'
  return isOnline ? '在线' : '离线'
}
