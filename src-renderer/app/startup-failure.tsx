import { Button } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import { call, messageOf } from '../client/call.ts'

export type Failure = {
  readonly title: string
  readonly detail: string
  readonly advice: string
  readonly canSetAside?: true
}

/** The whole window when the local store cannot be opened. Nothing was deleted or overwritten. */
export function StartupFailure(props: { readonly failure: Failure }): ReactNode {
  const [problem, setProblem] = useState('')
  const [isAsked, setIsAsked] = useState(false)
  const asker = useRef<HTMLButtonElement>(null)
  const ask = (name: 'log.open' | 'app.restart' | 'app.quit' | 'store.setAside'): void => {
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
        {props.failure.canSetAside ? (
          <Button ref={asker} onClick={() => setIsAsked(true)}>
            从备份恢复…
          </Button>
        ) : null}
      </div>
      {isAsked ? (
        <div role="group" aria-label="从备份恢复">
          <p>
            打不开的数据库会原样留在数据文件夹中(改名,不删除),程序用一个空的数据库重新启动,并打开「备份与恢复」。没有备份、或还没有问过管理员的,请先不要这样做。
          </p>
          <div className="button-row">
            <Button
              autoFocus
              autoInsertSpace={false}
              onClick={() => {
                setIsAsked(false)
                asker.current?.focus()
              }}
            >
              返回
            </Button>
            <Button onClick={() => ask('store.setAside')}>搁置数据库并重新启动</Button>
          </div>
        </div>
      ) : null}
      <p role="status">{problem}</p>
    </main>
  )
}
