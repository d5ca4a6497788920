import type { ReactNode } from 'react'
import type { Batch } from '../../../src-shared/contract/batch-types.ts'
import type { SessionView } from './entry-session.ts'
import { formatClock } from '../../components/format-time.ts'
import { uploadLabel } from '../../components/upload-label.ts'

/** Beside the form: the head of the batch, what is pinned, and the last entries, newest first. */
export function BatchList(props: {
  readonly view: Pick<SessionView, 'batch' | 'joined' | 'pinLabels'>
  readonly onUndo: () => void
}): ReactNode {
  const { batch, joined, pinLabels } = props.view
  const latest = batch.find((entry) => !entry.isUndone)
  return (
    <aside className="batch" aria-label="本批已保存">
      {joined ? <BatchHead joined={joined} /> : null}
      {pinLabels.length === 0 ? null : (
        <section className="batch-pins" aria-label="已固定">
          <h3>
            已固定 <kbd aria-hidden="true">Ctrl+P</kbd>
          </h3>
          <p>{pinLabels.join('、')}</p>
        </section>
      )}
      <h3>本批已保存</h3>
      {batch.length === 0 ? (
        <p className="batch-empty">
          {joined
            ? '按 Ctrl+Enter 保存并新增,已保存的在这里列出。'
            : '按 Ctrl+Enter 保存并新增,已保存的在这里列出。要按纸表份数核对,按 Ctrl+B 开一批。'}
        </p>
      ) : (
        <ol>
          {batch.map((entry) => (
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

function BatchHead(props: { readonly joined: Batch }): ReactNode {
  const { joined } = props
  const lines = [
    joined.communityName,
    joined.collectorName,
    joined.collectionDate,
    ...(joined.closedDate === null ? [] : ['已结束']),
  ].filter((line) => line !== '')
  return (
    <section className="batch-head" aria-label="批次">
      <h3>
        批次 <kbd aria-hidden="true">Ctrl+B</kbd>
      </h3>
      {lines.map((line) => (
        <span key={line} className="batch-title" title={line}>
          {line}
        </span>
      ))}
    </section>
  )
}
