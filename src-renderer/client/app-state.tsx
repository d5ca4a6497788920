import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import type { AppState } from '../../src-shared/contract/types.ts'
import { call, onEvent } from './call.ts'

/** What every page may know about the client as a whole, and the way to ask for it again. */
export type AppStateValue = AppState & { readonly refresh: () => Promise<void> }

const AppStateContext = createContext<AppStateValue | undefined>(undefined)

/** The state of the client: settings, account, sync, today. @throws Error outside of {@link AppStateProvider}. */
export function useAppState(): AppStateValue {
  const value = use(AppStateContext)
  if (!value) throw new Error('useAppState outside of AppStateProvider')
  return value
}

/** Whether the signed-in account may register and change records; 单机 use without an account may. */
export function mayWrite({ account }: Pick<AppState, 'account'>): boolean {
  return account?.role !== 'viewer'
}

/** Gives pages the state that was read at start, kept up to date by the backend's events. */
export function AppStateProvider(props: {
  readonly initial: AppState
  readonly children: ReactNode
}): ReactNode {
  const [state, setState] = useState(props.initial)
  const [refresh] = useState(() => async () => {
    setState(await call('app.state', {}))
  })

  useEffect(() => {
    let timer: number | undefined
    // The counts follow saves at leisure: a batch of saves is one question.
    const refreshSoon = (): void => {
      timer ??= window.setTimeout(() => {
        timer = undefined
        refresh().catch(() => undefined)
      }, 400)
    }
    const ends = [
      onEvent('sync.changed', (sync) => {
        setState((previous) => ({ ...previous, sync }))
      }),
      onEvent('records.changed', refreshSoon),
      onEvent('backend.started', refreshSoon),
      onEvent('backup.changed', ({ progress }) => {
        if (progress === null) refreshSoon()
      }),
      onEvent('work.progress', (progress) => {
        if (progress.isFinished) refreshSoon()
      }),
    ]
    // `today` changes at midnight in a client that is never closed.
    const hourly = window.setInterval(refreshSoon, 10 * 60_000)
    return () => {
      for (const end of ends) end()
      window.clearTimeout(timer)
      window.clearInterval(hourly)
    }
  }, [refresh])

  return <AppStateContext value={{ ...state, refresh }}>{props.children}</AppStateContext>
}
