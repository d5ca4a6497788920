import { useState, type ReactNode } from 'react'
import { useAppState } from '../client/app-state.tsx'
import { call, messageOf } from '../client/call.ts'
import { useEvent } from '../client/use-request.ts'
import { Dialog } from '../components/dialog.tsx'
import { ProgressBar } from '../components/progress-bar.tsx'

type Work = { readonly label: string; readonly done: number; readonly total: number | null }

/** 帮助—演示数据: loads the invented district, or takes it out again. */
export function DemoDialog(props: {
  readonly onClose: () => void
  readonly onMessage: (message: string) => void
}): ReactNode {
  const { isDemoLoaded, refresh } = useAppState()
  const [isRunning, setIsRunning] = useState(false)
  const [work, setWork] = useState<Work>()
  const [problem, setProblem] = useState('')
  useEvent('work.progress', (progress) => setWork(progress.isFinished ? undefined : progress))

  const run = async (): Promise<void> => {
    setIsRunning(true)
    setProblem('')
    try {
      const { count } = await call(isDemoLoaded ? 'demo.remove' : 'demo.load', {})
      await refresh()
      props.onMessage(isDemoLoaded ? `已移除演示数据 ${count} 条` : `已装入演示数据 ${count} 条`)
      props.onClose()
    } catch (error) {
      setProblem(messageOf(error))
      setIsRunning(false)
    }
  }

  return (
    <Dialog
      title="演示数据"
      message={work ? <ProgressBar {...work} /> : problem}
      acts={[
        {
          label: isDemoLoaded ? '移除演示数据' : '装入演示数据',
          isPrimary: true,
          isBusy: isRunning,
          onSelect: () => void run(),
        },
        { label: isRunning ? '在后台继续' : '关闭', isSafe: true, onSelect: props.onClose },
      ]}
    >
      {isDemoLoaded
        ? '本机已装入演示数据。移除时,只删去演示数据,您录入的记录不受影响。'
        : '演示数据是一个虚构的辖区,含社区、街巷、房屋、单位、协管员和流动人员,供练习使用。演示数据不会上传,可随时移除。'}
    </Dialog>
  )
}
