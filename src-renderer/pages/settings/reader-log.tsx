import { useState, type ReactNode } from 'react'
import type { ReaderLogLine } from '../../../src-shared/readers/reader-types.ts'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldRow } from '../../components/field-row.tsx'

const directions: Readonly<Record<ReaderLogLine['direction'], string>> = { out: '→', in: '←', note: '·' }

/** The newest frames between client and reader, for whoever looks for a fault; what belongs to a person is not in them. */
export function ReaderLog(): ReactNode {
  const [lines, setLines] = useState<readonly ReaderLogLine[]>()
  const [message, setMessage] = useState('')

  const load = async (): Promise<void> => {
    setMessage('')
    try {
      setLines((await call('reader.log', {})).lines)
    } catch (error) {
      setMessage(messageOf(error))
    }
  }
  const text = lines?.map(textOf).join('\n') ?? ''
  return (
    <FieldRow label="通讯记录">
      <div className="button-row">
        <BusyButton isBusy={false} onClick={() => void load()}>
          {lines === undefined ? '查看记录' : '刷新记录'}
        </BusyButton>
        {lines === undefined ? null : (
          <BusyButton
            isBusy={false}
            onClick={() => {
              call('clipboard.write', { text }).then(
                () => setMessage('已复制。'),
                (error: unknown) => setMessage(messageOf(error)),
              )
            }}
          >
            复制
          </BusyButton>
        )}
        <span role="status">{message}</span>
      </div>
      <p className="hint">证件的文字、号码和相片不写入记录。</p>
      {lines === undefined ? null : (
        <pre className="reader-log" tabIndex={0} aria-label="通讯记录">
          {text === '' ? '还没有记录。' : text}
        </pre>
      )}
    </FieldRow>
  )
}

function textOf(line: ReaderLogLine): string {
  const time = new Date(line.at).toLocaleTimeString('zh-CN', { hour12: false })
  return `${time} ${line.readerLabel} ${directions[line.direction]} ${line.text}`
}
