import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { BackupProgress } from '../../../src-shared/contract/backup-types.ts'
import { usePageActions, type PageProps } from '../../app/tab.ts'
import { mayWrite, useAppState } from '../../client/app-state.tsx'
import { call } from '../../client/call.ts'
import { useEvent, useRequest } from '../../client/use-request.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { formatInstant } from '../../components/format-time.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { nextSection, sectionPanelId, SectionTabs } from '../../components/section-tabs.tsx'
import { useArrivalFocus } from '../../components/use-arrival-focus.ts'
import { backupKeys, sectionKeys } from '../../keys/bindings.ts'
import { findPressed, isPressed } from '../../keys/press.ts'
import { AutomaticSection } from './automatic-section.tsx'
import { automaticText, formatBytes, phaseText } from './backup-text.ts'
import { MakeSection } from './make-section.tsx'
import { ReinstateSection } from './reinstate-section.tsx'

type SectionName = 'make' | 'reinstate' | 'automatic'

const SECTIONS = [
  { name: 'make', label: '备份' },
  { name: 'reinstate', label: '恢复' },
  { name: 'automatic', label: '自动备份' },
] as const

/** 工具—备份与恢复: makes backups, checks them, and puts one in the store's place at the next start. */
export function BackupPage(props: PageProps): ReactNode {
  const { isActive, openTab, tabKey } = props
  const { today, backupNotice, account, setAsideAs } = useAppState()
  const isViewer = !mayWrite({ account })
  const answer = useRequest('backup.state', isActive && !isViewer ? {} : undefined)
  const state = answer.output
  const [running, setRunning] = useState<BackupProgress | null>()
  const [section, setSection] = useState<SectionName>(setAsideAs === null ? 'make' : 'reinstate')
  const root = useRef<HTMLDivElement>(null)
  const idPrefix = `backup-${tabKey}`
  const panelId = sectionPanelId(idPrefix)
  const progress = running === undefined ? (state?.progress ?? null) : running
  useEvent('backup.changed', (change) => {
    setRunning(change.progress)
    if (change.progress === null) answer.reload()
  })
  useArrivalFocus(root, state !== undefined || isViewer)

  const enterSection = (): void => {
    const panel = document.getElementById(panelId)
    ;(panel?.querySelector<HTMLElement>('input, button:not([disabled])') ?? panel)?.focus()
  }
  const show = (next: SectionName): void => {
    setSection(next)
    document.getElementById(`${idPrefix}-${next}`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isPressed(event.nativeEvent, backupKeys.reload)) answer.reload()
    else {
      const pressed = findPressed(event.nativeEvent, sectionKeys)
      if (pressed === undefined) return
      show(nextSection(SECTIONS, section, pressed === 'next' ? 1 : -1))
    }
    event.preventDefault()
    event.stopPropagation()
  }
  usePageActions(props.offerActions, () =>
    SECTIONS.map(({ name, label }) => ({
      label: `备份与恢复:${label}`,
      run: () => {
        setSection(name)
        requestAnimationFrame(enterSection)
      },
    })),
  )

  if (isViewer)
    return (
      <div ref={root} className="backup-page" tabIndex={-1} data-initial-focus="">
        <p className="attention">查询员账号不能备份和恢复。请由操作员或管理员登录后再做。</p>
      </div>
    )
  return (
    <div
      ref={root}
      className="backup-page"
      tabIndex={-1}
      {...(state ? {} : { 'data-initial-focus': '' })}
      onKeyDownCapture={onKeyDown}
    >
      <header className="backup-head">
        <dl className="sync-facts">
          <div>
            <dt>上次手动备份</dt>
            <dd>{state?.lastMade ? formatInstant(state.lastMade.at, today) : '还没有做过'}</dd>
          </div>
          <div>
            <dt>自动备份</dt>
            <dd className={backupNotice === null ? '' : 'attention'}>
              {state ? automaticText(state, today) : ''}
            </dd>
          </div>
          <div>
            <dt>本机数据库</dt>
            <dd>{state ? formatBytes(state.storeBytes) : ''}</dd>
          </div>
        </dl>
      </header>
      {/* The line keeps its height: work that begins moves nothing. */}
      <div className="backup-line">
        {progress ? (
          <>
            <ProgressBar
              label={`${phaseText(progress.phase, progress.act)}${progress.total === null ? '…' : `(MB)`}`}
              done={Math.round(progress.done / 1_048_576)}
              total={progress.total === null ? null : Math.round(progress.total / 1_048_576)}
            />
            <BusyButton
              isBusy={false}
              onClick={() => {
                call('backup.cancel', {}).catch(() => undefined)
              }}
            >
              取消
            </BusyButton>
            <span className="hint">可以继续录入。</span>
          </>
        ) : (
          <>
            {setAsideAs !== null && state?.outcome.kind === 'none' ? (
              <span className="attention" role="status">
                {`原来的数据库打不开,已原样留在数据文件夹中(${setAsideAs})。请在下面从备份恢复。`}
              </span>
            ) : null}
            {state?.outcome.kind === 'done' ? (
              <span className="good" role="status">
                恢复完成。换下来的数据库已留存;备份之后上传过的,下次同步时从服务器取回。
              </span>
            ) : null}
            {state?.outcome.kind === 'refused' ? (
              <span className="problem" role="status">
                {state.outcome.message}
              </span>
            ) : null}
            {answer.problem === undefined ? null : <span className="problem">{answer.problem}</span>}
          </>
        )}
      </div>
      <SectionTabs
        label="备份与恢复栏目"
        sections={SECTIONS}
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
        {state && section === 'make' ? <MakeSection state={state} /> : null}
        {state && section === 'reinstate' ? (
          <ReinstateSection state={state} isActive={isActive} openTab={openTab} onChange={answer.reload} />
        ) : null}
        {state && section === 'automatic' ? (
          <AutomaticSection state={state} onChange={answer.reload} />
        ) : null}
      </div>
    </div>
  )
}
