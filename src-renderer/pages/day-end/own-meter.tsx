import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import type { MeterLine } from '../../../src-shared/contract/batch-types.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import { call, messageOf } from '../../client/call.ts'
import { useRequest } from '../../client/use-request.ts'
import { meterCells } from './day-end-text.ts'

/** 我的录入: the clerk's own figures, on this machine and for this account only. */
export function OwnMeter(props: { readonly isActive: boolean }): ReactNode {
  const meter = useRequest('meter.read', props.isActive ? {} : undefined)
  const [message, setMessage] = useState('')
  const { output } = meter
  const reset = (): void => {
    call('meter.reset', {}).then(
      () => {
        setMessage('已清零,从下一份记录起重新计算。')
        meter.reload()
      },
      (error: unknown) => setMessage(messageOf(error)),
    )
  }
  return (
    <section className="own-meter" aria-labelledby="own-meter-title">
      <h2 id="own-meter-title">我的录入</h2>
      {!output || output.total.length === 0 ? (
        <p className="hint">还没有数字。保存新记录后,这里显示每份记录的按键数和等待时间。</p>
      ) : (
        <table className="home-table">
          <thead>
            <tr>
              <th scope="col">范围</th>
              <th scope="col">登记簿</th>
              {['记录数', '每份按键', '每份等待', '其中打开表单', '其中保存', '其中等列表'].map((label) => (
                <th key={label} scope="col" className="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Lines label="今日" lines={output.today} />
            <Lines label={`自 ${output.since ?? ''} 起`} lines={output.total} />
          </tbody>
        </table>
      )}
      <p className="own-meter-foot">
        <Button autoInsertSpace={false} onClick={reset}>
          清零
        </Button>
        <span className="hint" role="status">
          {message || '只有您自己看得到,只存在这台机器上,不上传。'}
        </span>
      </p>
    </section>
  )
}

function Lines(props: { readonly label: string; readonly lines: readonly MeterLine[] }): ReactNode {
  return props.lines.map((line) => (
    <tr key={line.register}>
      <th scope="row">{props.label}</th>
      <td>{getRegister(line.register).label}</td>
      {meterCells(line).map((cell, index) => (
        // The columns never change their places.
        <td key={index} className="number">
          {cell}
        </td>
      ))}
    </tr>
  ))
}
