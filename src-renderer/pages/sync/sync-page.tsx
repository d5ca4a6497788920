import { Button } from 'antd'
import { useState, type KeyboardEvent, type ReactNode } from 'react'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import type { PageProps } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { phaseLabel } from '../../components/phase-label.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { nextSection, sectionPanelId, SectionTabs } from '../../components/section-tabs.tsx'
import { QueueSection } from './queue-section.tsx'
import { RoundsSection } from './rounds-section.tsx'
import { connectionText, nextRoundText } from './sync-text.ts'
import { UpkeepSection } from './upkeep-section.tsx'
import { sectionKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'
import { synchronise } from '../../app/commands.ts'

type SectionName = 'queue' | 'rounds' | 'upkeep'

/** 工具—数据同步: whether the server answers, what waits and why, what each round did, and the way to repair. */
export function SyncPage(props: PageProps): ReactNode {
  const { isActive, openTab, tabKey } = props
  const { sync, settings, account, today } = useAppState()
  const [problem, setProblem] = useState('')
  const [section, setSection] = useState<SectionName>('queue')
  const { server } = settings
  const isServerSet = server.isEnabled && server.host !== ''
  const idPrefix = `sync-${tabKey}`
  const panelId = sectionPanelId(idPrefix)
  const sections = [
    { name: 'queue', label: '队列', count: sync.pendingCount + sync.heldCount + sync.setAsideCount },
    { name: 'rounds', label: '同步记录' },
    { name: 'upkeep', label: '核对与重建' },
  ] as const

  const ask = (name: 'sync.run' | 'sync.cancel'): void => {
    setProblem('')
    call(name, {}).catch((error: unknown) => setProblem(messageOf(error)))
  }
  const enterSection = (): void => {
    const panel = document.getElementById(panelId)
    ;(
      panel?.querySelector<HTMLElement>('[role=grid]') ??
      panel?.querySelector<HTMLElement>('select, button:not([disabled])') ??
      panel
    )?.focus()
  }
  const leaveSection = (): void => document.getElementById(`${idPrefix}-${section}`)?.focus()
  // Before the list hears it: there PgDn moves.
  const onKeyDown = (event: KeyboardEvent): void => {
    const pressed = findPressed(event.nativeEvent, sectionKeys)
    if (pressed === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const next = nextSection(sections, section, pressed === 'next' ? 1 : -1)
    setSection(next)
    document.getElementById(`${idPrefix}-${next}`)?.focus()
  }

  return (
    <div className="sync-page" onKeyDownCapture={onKeyDown}>
      <header className="sync-head">
        <dl className="sync-facts">
          <div>
            <dt>服务器</dt>
            <dd>{isServerSet ? `${server.host}:${server.port}` : '未设置'}</dd>
          </div>
          <div>
            <dt>连接</dt>
            <dd className={isServerSet ? onlineClass(sync.isOnline) : ''}>
              {connectionText(isServerSet, sync.isOnline)}
            </dd>
          </div>
          <div>
            <dt>账号</dt>
            <dd>{account ? `${account.displayName}(${account.stationName})` : '未登录'}</dd>
          </div>
          <div>
            <dt>上次同步</dt>
            <dd>{sync.lastRoundAt === null ? '尚未同步' : formatInstant(sync.lastRoundAt, today)}</dd>
          </div>
          <div>
            <dt>下次同步</dt>
            <dd>{isServerSet ? nextRoundText(sync, settings.syncPeriodMinutes, today) : '—'}</dd>
          </div>
        </dl>
        <div className="button-row">
          {isServerSet ? null : (
            <Button data-initial-focus="" onClick={() => openTab({ kind: 'settings' })}>
              设置服务器
            </Button>
          )}
          <BusyButton
            type="primary"
            {...(isServerSet && sync.question === null ? { 'data-initial-focus': '' } : {})}
            disabled={!isServerSet}
            isBusy={sync.isRunning}
            aria-keyshortcuts={synchronise.shortcut}
            onClick={() => ask('sync.run')}
          >
            立即同步
            <kbd aria-hidden="true">{synchronise.shortcut}</kbd>
          </BusyButton>
          <BusyButton isBusy={!sync.isRunning} onClick={() => ask('sync.cancel')}>
            取消
          </BusyButton>
        </div>
      </header>
      {/* The line keeps its height: a round that begins moves nothing. */}
      <div className="sync-line">
        {sync.isRunning ? (
          <ProgressBar
            label={phaseLabel(sync.progress)}
            done={sync.progress?.done ?? 0}
            total={sync.progress?.total ?? null}
          />
        ) : null}
        <span role="status" className="problem">
          {problem || (sync.isRunning ? '' : sync.lastError)}
        </span>
        {sync.notice ? <span className="attention">{sync.notice}</span> : null}
        {sync.isRunning || problem !== '' || sync.lastError !== null || sync.notice ? null : (
          <span className="hint">
            数据先保存在本机,收到服务器回执后才记为「已上传」。断网或取消不会丢失数据,未上传的下次继续。
          </span>
        )}
      </div>
      {sync.question ? <ServerQuestion question={sync.question} onDone={enterSection} /> : null}
      <SectionTabs
        label="数据同步栏目"
        sections={sections}
        current={section}
        idPrefix={idPrefix}
        onChange={setSection}
        onEnter={enterSection}
      />
      <div
        id={panelId}
        role="tabpanel"
        aria-labelledby={`${idPrefix}-${section}`}
        tabIndex={-1}
        className="section-panel"
      >
        {section === 'queue' ? (
          <QueueSection
            isActive={isActive}
            isServerSet={isServerSet}
            openTab={openTab}
            offerActions={props.offerActions}
            panelId={panelId}
            onLeave={leaveSection}
          />
        ) : null}
        {section === 'rounds' ? <RoundsSection isActive={isActive} onLeave={leaveSection} /> : null}
        {section === 'upkeep' ? <UpkeepSection isServerSet={isServerSet} /> : null}
      </div>
    </div>
  )
}

function onlineClass(isOnline: boolean | null): string {
  return isOnline === null ? '' : isOnline ? 'good' : 'attention'
}

/** Sync stands still until a person has answered: it stands in the page, so that work goes on beside it. */
function ServerQuestion(props: {
  readonly question: NonNullable<SyncStatus['question']>
  readonly onDone: () => void
}): ReactNode {
  const { question } = props
  const [problem, setProblem] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const answer = async (isAccepted: boolean): Promise<void> => {
    setIsBusy(true)
    setProblem('')
    try {
      await call('sync.answer', { isAccepted })
      props.onDone()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <div className="server-question" role="group" aria-label={question.title}>
      <h3>{question.title}</h3>
      <p className="selectable">{question.text}</p>
      <div className="button-row">
        <BusyButton data-initial-focus="" isBusy={isBusy} onClick={() => void answer(false)}>
          暂不同步
        </BusyButton>
        <BusyButton isBusy={isBusy} onClick={() => void answer(true)}>
          {question.accept}
        </BusyButton>
        <span className="problem" role="status">
          {problem}
        </span>
      </div>
    </div>
  )
}
