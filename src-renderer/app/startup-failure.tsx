import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import { call, messageOf } from '../client/call.ts'

export type Failure = { readonly title: string; readonly detail: string; readonly advice: string }

/** The whole window when the local store cannot be opened. Nothing was deleted or overwritten. */
export function StartupFailure(props: { readonly failure: Failure }): ReactNode {
  const [problem, setProblem] = useState('')
  const ask = (name: 'log.open' | 'app.restart' | 'app.quit'): void => {
    call(name, {}).catch((error: unknown) => setProblem(messageOf(error)))
  }
  return (
    <main className="startup-failure" role="alertdialog" aria-labelledby="failure-title">
      <h1 id="failure-title">{props.failure.title}</h1>
      <p>{props.failure.detail}</p>
      <p className="startup-advice">{props.failure.advice}</p>
      <div className="button-row">
        <Button type="primary" autoFocus onClick={() => ask('log.open')}>
          打开日志
        </Button>
        <Button onClick={() => ask('app.restart')}>重新启动</Button>
        <Button autoInsertSpace={false} onClick={() => ask('app.quit')}>
          退出
        </Button>
      </div>
      <p role="status">{problem}</p>
    </main>
  )
}
