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
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ready'; readonly state: AppState; readonly drafts: readonly Draft[] }

/** The whole page: asks for the client's state and the drafts, nothing else, then shows the frame. */
export function Root(): ReactNode {
  const [start, setStart] = useState<Start>({ kind: 'waiting' })

  useEffect(() => {
    const end = onEvent('startup.failed', (failure) => setStart({ kind: 'failed', failure }))
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
    return end
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
          <p className="startup-waiting" role="status">
            正在打开本机数据…
          </p>
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
