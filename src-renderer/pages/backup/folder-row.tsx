import { Button } from 'antd'
import { useState, type ReactNode } from 'react'
import { call, messageOf } from '../../client/call.ts'
import { FieldRow } from '../../components/field-row.tsx'

/** Which folder: chosen in the system's dialog, shown whole. */
export function FolderRow(props: {
  readonly title: string
  readonly folder: string | null
  readonly onChoose: (folder: string) => void
  readonly hint: string
  readonly problem: string | undefined
  readonly takesFocus?: boolean
}): ReactNode {
  const [problem, setProblem] = useState<string>()
  const choose = async (): Promise<void> => {
    setProblem(undefined)
    try {
      const chosen = await call('file.chooseFolder', { title: props.title })
      if (chosen) props.onChoose(chosen.path)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  return (
    <FieldRow label="文件夹" hint={props.hint} problem={problem ?? props.problem}>
      <span className="backup-folder">
        <Button
          autoInsertSpace={false}
          {...(props.takesFocus ? { 'data-initial-focus': '' } : {})}
          onClick={() => void choose()}
        >
          选择文件夹…
        </Button>
        <span className={props.folder === null ? 'hint' : 'selectable'}>{props.folder ?? '还没有选择'}</span>
      </span>
    </FieldRow>
  )
}
