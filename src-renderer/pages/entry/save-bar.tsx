import { Button } from 'antd'
import type { ReactNode } from 'react'
import { entryTitleOf } from '../../app/tabs.ts'
import type { FormCommand } from '../../forms/form-keys.ts'
import { countRemaining } from '../../../src-shared/batches/balance.ts'
import type { EntrySession, SessionView } from './entry-session.ts'
import { useSession } from './entry-form.tsx'
import { ChangeChoice } from './change-choice.tsx'
import { formatClock } from '../../components/format-time.ts'
import { uploadLabel } from '../../components/upload-label.ts'
import { formKeys } from '../../keys/bindings.ts'
import { ariaKeys } from '../../keys/press.ts'

/** 本批 12/40 份 with what else became of sheets; without a batch only how many were saved. */
function batchText(view: SessionView): string {
  const { joined } = view
  if (!joined) return `本批 ${view.batchCount} 份`
  const { counts, expectedCount } = joined
  const remaining = countRemaining(expectedCount, counts)
  return [
    `本批 ${counts.savedCount}/${expectedCount} 份`,
    ...(counts.voidCount > 0 ? [`作废 ${counts.voidCount}`] : []),
    ...(counts.deferredCount > 0 ? [`搁置 ${counts.deferredCount}`] : []),
    remaining >= 0 ? `还差 ${remaining}` : `多 ${-remaining}`,
  ].join(' · ')
}

/** The foot of a form: what was saved last, what is to be said, and the two ways to save. */
export function SaveBar(props: {
  readonly session: EntrySession
  readonly onCommand: (command: FormCommand, field: string | undefined) => boolean
}): ReactNode {
  const { session, onCommand } = props
  const view = useSession(session)
  const { recordIds, openedFrom } = session.options
  const isBatch = recordIds.length === 0 && openedFrom === null
  const last = view.batch.find((entry) => !entry.isUndone)
  return (
    <div className="save-bar" data-save-bar="">
      {isBatch ? <span className="save-count">{batchText(view)}</span> : null}
      {view.position && view.position.of > 1 ? (
        <span className="save-count">{`第 ${view.position.at}/${view.position.of} 条`}</span>
      ) : null}
      {last ? (
        <span className="save-last">
          {`上一份 ${last.title} `}
          <span className="good">{`已保存 ✓ ${formatClock(last.savedAt)}`}</span>
          {' · '}
          <span className={last.uploadState === 'uploaded' ? 'good' : ''}>
            {uploadLabel(last.uploadState)}
          </span>
        </span>
      ) : null}
      <span
        className={`save-message save-${view.message?.tone ?? 'fact'}`}
        role="status"
        title={view.message?.text}
      >
        {view.message?.text}
      </span>
      {view.duplicate ? (
        <Button onClick={() => onCommand('openDuplicate', undefined)}>
          打开已有记录 <kbd aria-hidden="true">F6</kbd>
        </Button>
      ) : null}
      {view.asksChange ? <ChangeChoice session={session} /> : null}
      {view.wantedForm === null ? null : (
        <Button
          onClick={() => onCommand('switchForm', undefined)}
          aria-keyshortcuts={ariaKeys(formKeys.switchForm)}
        >
          {`转为${entryTitleOf(view.wantedForm)}`} <kbd aria-hidden="true">Ctrl+M</kbd>
        </Button>
      )}
      <Button
        data-save=""
        type={isBatch ? 'default' : 'primary'}
        aria-keyshortcuts={ariaKeys(formKeys.save)}
        onClick={() => onCommand('save', undefined)}
      >
        保存 <kbd aria-hidden="true">Ctrl+S</kbd>
      </Button>
      {isBatch ? (
        <Button
          data-save-next=""
          type="primary"
          aria-keyshortcuts={ariaKeys(formKeys.saveAndNew)}
          onClick={() => onCommand('saveAndNew', undefined)}
        >
          保存并新增 <kbd aria-hidden="true">Ctrl+Enter</kbd>
        </Button>
      ) : null}
    </div>
  )
}
