import { Button } from 'antd'
import { Component, type ReactNode } from 'react'
import { call } from '../client/call.ts'

type Props = { readonly children: ReactNode }
type State = { readonly problem: string | undefined }

/** Keeps a fault of one page from taking the others with it. React offers this to classes only. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { problem: undefined }

  static getDerivedStateFromError(error: unknown): State {
    return { problem: error instanceof Error ? error.message : String(error) }
  }

  override render(): ReactNode {
    if (this.state.problem === undefined) return this.props.children
    return (
      <div className="fault" role="alert">
        <h2>此页出现程序错误,无法继续显示</h2>
        <p>已录入的内容按项保存在本机草稿中,重新打开此页即可恢复。其他标签页不受影响。</p>
        <p className="fault-detail">{this.state.problem}</p>
        <div className="button-row">
          <Button type="primary" onClick={() => this.setState({ problem: undefined })}>
            重新打开此页
          </Button>
          <Button
            onClick={() => {
              call('log.open', {}).catch(() => undefined)
            }}
          >
            打开日志
          </Button>
        </div>
      </div>
    )
  }
}
