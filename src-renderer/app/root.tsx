import { ConfigProvider } from 'antd'
import zhCN from 'antd/es/locale/zh_CN'
import { useEffect, useState, type ReactNode } from 'react'
import type { AppState, Draft } from '../../src-shared/contract/types.ts'
import { AppStateProvider, useAppState } from '../client/app-state.tsx'
import { call, messageOf, onEvent } from '../client/call.ts'
import { Delayed } from '../components/delayed.tsx'
import { Frame } from './frame.tsx'
import { StartupFailure, type Failure } from './startup-failure.tsx'
import { theme } from './theme.ts'

type Start =
  /** `work`: what takes long, an older store is upgraded. */
  | { readonly kind: 'waiting'; readonly work?: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ready'; readonly state: AppState; readonly drafts: readonly Draft[] }

/** The whole page: asks for the client's state and the drafts, nothing else, then shows the frame. */
export function Root(): ReactNode {
  const [start, setStart] = useState<Start>({ kind: 'waiting' })

  useEffect(() => {
    const ends = [
      onEvent('startup.failed', (failure) => setStart({ kind: 'failed', failure })),
      onEvent('work.progress', ({ label, done, total, isFinished }) => {
        const work = isFinished ? {} : { work: `${label}(第 ${done} 步,共 ${total ?? done} 步)…` }
        setStart((previous) => (previous.kind === 'waiting' ? { kind: 'waiting', ...work } : previous))
      }),
    ]
    Promise.all([call('app.state', {}), call('draft.list', {})]).then(
      ([state, drafts]) => {
        setStart((previous) => (previous.kind === 'failed' ? previous : { kind: 'ready', state, drafts }))
      },
      (error: unknown) => {
        setStart((previous) =>
          previous.kind === 'failed'
            ? previous
            : {
                kind: 'failed',
                failure: {
                  title: '居服通无法启动',
                  detail: messageOf(error),
                  advice: '本机数据没有被删改。请重新启动程序;若仍不能使用,请打开日志交给管理员。',
                },
              },
        )
      },
    )
    return () => {
      for (const end of ends) end()
    }
  }, [])

  return (
    <ConfigProvider theme={theme} locale={zhCN} componentSize="small">
      <Started start={start} />
    </ConfigProvider>
  )
}

function Started(props: { readonly start: Start }): ReactNode {
  const { start } = props
  switch (start.kind) {
    case 'waiting':
      return (
        <Delayed>
          <div className="startup-waiting" role="status">
            <p>{start.work ?? '正在打开本机数据…'}</p>
            {start.work === undefined ? null : (
              <p>人员很多时要几分钟,请等它做完。原来的数据在升级完成之前一直保留,中途断电也不会丢失。</p>
            )}
          </div>
        </Delayed>
      )
    case 'failed':
      return <StartupFailure failure={start.failure} />
    case 'ready':
      return (
        <AppStateProvider initial={start.state}>
          <Opened drafts={start.drafts} />
        </AppStateProvider>
      )
  }
}

function Opened(props: { readonly drafts: readonly Draft[] }): ReactNode {
  const { settings } = useAppState()
  const { fontSizePercent } = settings
  useEffect(() => {
    call('window.zoom', { percent: fontSizePercent }).catch(() => undefined)
  }, [fontSizePercent])
  return <Frame drafts={props.drafts} />
}
