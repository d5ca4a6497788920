import type { ReactNode } from 'react'
import type { BatchEntry } from './entry-session.ts'
import { formatClock } from '../../components/format-time.ts'
import { uploadLabel } from '../../components/upload-label.ts'

/** The last entries of this batch, newest first. */
export function BatchList(props: {
  readonly batch: readonly BatchEntry[]
  readonly onUndo: () => void
}): ReactNode {
  const latest = props.batch.find((entry) => !entry.isUndone)
  return (
    <aside className="batch" aria-label="本批已保存">
      <h3>本批已保存</h3>
      {props.batch.length === 0 ? (
        <p className="batch-empty">按 Ctrl+Enter 保存并新增,已保存的在这里列出。</p>
      ) : (
        <ol>
          {props.batch.map((entry) => (
            <li key={entry.id} className={entry.isUndone ? 'batch-undone' : ''}>
              <span className="batch-title" title={entry.title}>
                {entry.title}
              </span>
              <span className="batch-state">
                {formatClock(entry.savedAt)}{' '}
                {entry.isUndone ? (
                  '已撤销'
                ) : (
                  <span className={entry.uploadState === 'uploaded' ? 'good' : ''}>
                    {uploadLabel(entry.uploadState)}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
      {latest ? (
        <button type="button" tabIndex={-1} className="link-button batch-undo" onClick={props.onUndo}>
          撤销最后一份 <kbd aria-hidden="true">Ctrl+U</kbd>
        </button>
      ) : null}
    </aside>
  )
}
