import { useState, type ReactNode } from 'react'
import type { CheckReport } from '../../../src-shared/contract/sync-types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { AskLine } from '../../components/ask-line.tsx'
import { BusyButton } from '../../components/busy-button.tsx'
import { formatInstant } from '../../components/format-time.ts'

/** 核对与重建: compares this machine with the server, and makes a new store beside a doubtful one. */
export function UpkeepSection(props: { readonly isServerSet: boolean }): ReactNode {
  const { today } = useAppState()
  const [report, setReport] = useState<CheckReport>()
  const [problem, setProblem] = useState('')
  const [isChecking, setIsChecking] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const [rebuilt, setRebuilt] = useState<string>()

  const check = async (): Promise<void> => {
    setIsChecking(true)
    setProblem('')
    try {
      setReport(await call('sync.check', {}))
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsChecking(false)
    }
  }
  return (
    <div className="upkeep">
      <section aria-labelledby="upkeep-check">
        <h3 id="upkeep-check">核对</h3>
        <p>将本机的记录与服务器逐段核对,缺的补上,不同的按服务器更新。只增不删,每天自动进行一次。</p>
        <div className="button-row">
          <BusyButton isBusy={isChecking} disabled={!props.isServerSet} onClick={() => void check()}>
            核对
          </BusyButton>
          <span role="status" className={problem === '' ? '' : 'problem'}>
            {isChecking ? '正在核对,可以继续录入…' : problem}
          </span>
        </div>
        {report ? (
          <dl className="fact-list" aria-label="核对结果">
            <dt>核对时间</dt>
            <dd>{formatInstant(report.checkedAt, today)}</dd>
            <dt>不一致的段</dt>
            <dd className={report.differingBuckets === 0 ? 'good' : 'attention'}>
              {`${report.differingBuckets} / 256`}
            </dd>
            <dt>已重新下载</dt>
            <dd>{`${report.repaired.toLocaleString('zh-CN')} 条`}</dd>
            <dt>只在本机</dt>
            <dd>
              {report.onlyHere === 0
                ? '0 条'
                : `${report.onlyHere.toLocaleString('zh-CN')} 条,已重新列入上传队列`}
            </dd>
            <dt>结果</dt>
            <dd>{report.message}</dd>
          </dl>
        ) : null}
      </section>
      <section aria-labelledby="upkeep-rebuild">
        <h3 id="upkeep-rebuild">重建本机数据库</h3>
        <p>
          核对后仍不一致,或管理员要求时使用。程序在旧文件旁新建数据库,未上传的内容全部带过去,再从服务器重新下载;旧文件保留到成功同步两次之后。
        </p>
        {rebuilt === undefined ? (
          isAsking ? (
            <AskLine
              label="重建本机数据库"
              acceptLabel="重建"
              onDecline={() => setIsAsking(false)}
              onAccept={async () => {
                const { message } = await call('store.rebuild', {})
                setRebuilt(message)
                setIsAsking(false)
              }}
            >
              重建需要重新启动程序,并重新下载本站全部记录。未保存的草稿和未上传的内容都会保留。现在重建吗?
            </AskLine>
          ) : (
            <div className="button-row">
              <BusyButton isBusy={false} onClick={() => setIsAsking(true)}>
                重建本机数据库
              </BusyButton>
            </div>
          )
        ) : (
          <div className="button-row" role="status">
            <span>{rebuilt}</span>
            <BusyButton
              type="primary"
              isBusy={false}
              autoFocus
              onClick={() => {
                call('app.restart', {}).catch((error: unknown) => setProblem(messageOf(error)))
              }}
            >
              重新启动
            </BusyButton>
          </div>
        )}
      </section>
    </div>
  )
}
