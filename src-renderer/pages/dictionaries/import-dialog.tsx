import { Checkbox } from 'antd'
import { useRef, useState, type ReactNode } from 'react'
import type {
  DictionarySummary,
  ImportLineKind,
  ImportPreview,
} from '../../../src-shared/contract/dictionary-types.ts'
import { call, messageOf } from '../../client/call.ts'
import { Dialog } from '../../components/dialog.tsx'
import { hasWork, previewText } from './dictionary-text.ts'

const kindLabels: Readonly<Record<ImportLineKind, string>> = {
  added: '新增',
  changed: '修改',
  retired: '停用',
  refused: '不能导入',
}

/** 导入 CSV: what a file would do, line by line, before it does it. */
export function ImportDialog(props: {
  readonly summary: DictionarySummary
  readonly path: string
  readonly preview: ImportPreview
  readonly onClose: () => void
  readonly onDone: (count: number) => void
}): ReactNode {
  const { summary, path } = props
  const [preview, setPreview] = useState(props.preview)
  const [isComplete, setIsComplete] = useState(false)
  const [message, setMessage] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const isUnderWay = useRef(false)

  const act = async (what: () => Promise<void>): Promise<void> => {
    if (isUnderWay.current) return
    isUnderWay.current = true
    setIsBusy(true)
    setMessage('')
    try {
      await what()
    } catch (error) {
      setMessage(messageOf(error))
    } finally {
      isUnderWay.current = false
      setIsBusy(false)
    }
  }
  const judge = (complete: boolean): void =>
    void act(async () => {
      setPreview(await call('dictionary.previewImport', { name: summary.name, path, isComplete: complete }))
      setIsComplete(complete)
    })
  const write = (): void =>
    void act(async () => {
      const { count } = await call('dictionary.import', {
        name: summary.name,
        path,
        isComplete,
        hash: preview.hash,
      })
      props.onDone(count)
    })
  const rest =
    Object.values(preview.counts).reduce((sum, count) => sum + count, 0) -
    preview.counts.same -
    preview.lines.length
  return (
    <Dialog
      title={`导入 CSV:${summary.label}`}
      isWide
      message={message}
      initialFocus=".import-complete input"
      acts={[
        ...(hasWork(preview)
          ? [{ label: '导入', isPrimary: true, isBusy, isPerform: true, isByKey: true, onSelect: write }]
          : []),
        { label: '取消', isSafe: true, onSelect: props.onClose },
      ]}
    >
      <p className="selectable import-path">{path}</p>
      <Checkbox
        className="import-complete"
        checked={isComplete}
        onChange={(event) => judge(event.target.checked)}
      >
        文件是完整的表:文件中没有的本机条目,从今天起停用
      </Checkbox>
      <p className={preview.counts.refused > 0 ? 'attention' : ''}>{previewText(preview)}</p>
      {preview.lines.length === 0 ? (
        <p className="hint">与现有条目相同,没有要导入的内容。</p>
      ) : (
        <div className="import-lines" tabIndex={0} role="region" aria-label="逐行预览">
          <table>
            <thead>
              <tr>
                <th className="number">行</th>
                <th>处理</th>
                <th>代码</th>
                <th>名称</th>
                <th>说明</th>
              </tr>
            </thead>
            <tbody>
              {preview.lines.map((line) => (
                <tr key={`${line.line ?? ''}-${line.code}`}>
                  <td className="number">{line.line}</td>
                  <td className={line.kind === 'refused' ? 'problem' : ''}>{kindLabels[line.kind]}</td>
                  <td>{line.code}</td>
                  <td>{line.name}</td>
                  <td>{line.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {rest > 0 ? <p className="hint">{`另有 ${rest.toLocaleString('zh-CN')} 行,未逐行列出。`}</p> : null}
        </div>
      )}
    </Dialog>
  )
}
