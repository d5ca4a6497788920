import { useState, type ReactNode } from 'react'
import type { EnrolmentPreview } from '../../src-shared/contract/sync-types.ts'
import type { Settings } from '../../src-shared/contract/types.ts'
import { call, messageOf } from '../client/call.ts'
import { BusyButton } from './busy-button.tsx'
import { Dialog } from './dialog.tsx'
import { formatDay } from './format-time.ts'
import { LocalEntriesNote } from './local-entries-note.tsx'
import { Fingerprint } from './server-fingerprint-dialog.tsx'

type Read = { readonly path: string; readonly preview: EnrolmentPreview }

/**
 * 导入入网文件…: chooses a station file, shows what it says, and enrols this machine by it: address, certificate and key in one
 * step.
 */
export function ServerEnrolment(props: {
  /** The settings as they are stored now. */
  readonly onEnrolled: (settings: Settings) => void
  readonly hint: string
}): ReactNode {
  const [read, setRead] = useState<Read>()
  const [isRunning, setIsRunning] = useState(false)
  const [outcome, setOutcome] = useState<{ readonly isGood: boolean; readonly text: string }>()

  const act = async (what: () => Promise<void>): Promise<void> => {
    setIsRunning(true)
    setOutcome(undefined)
    try {
      await what()
    } catch (error) {
      setRead(undefined)
      setOutcome({ isGood: false, text: messageOf(error) })
    } finally {
      setIsRunning(false)
    }
  }
  const choose = (): Promise<void> =>
    act(async () => {
      const chosen = await call('file.chooseSource', {
        title: '导入入网文件',
        extension: 'jufutong-station',
      })
      if (chosen === null) return
      setRead({ path: chosen.path, preview: await call('enrolment.read', { path: chosen.path }) })
    })
  const apply = (path: string): Promise<void> =>
    act(async () => {
      const settings = await call('enrolment.apply', { path })
      setRead(undefined)
      setOutcome({ isGood: true, text: '已入网。请登录站点账号;入网文件已经用过,请删除。' })
      props.onEnrolled(settings)
    })

  return (
    <>
      <BusyButton isBusy={isRunning} onClick={() => void choose()}>
        导入入网文件…
      </BusyButton>
      <p role="status" className={outcome ? (outcome.isGood ? 'good' : 'problem') : 'hint'}>
        {outcome?.text ?? props.hint}
      </p>
      {read ? (
        <Dialog
          title="入网"
          acts={[
            { label: '入网', isPrimary: true, isBusy: isRunning, onSelect: () => void apply(read.path) },
            { label: '取消', isSafe: true, onSelect: () => setRead(undefined) },
          ]}
        >
          <dl className="fact-list">
            <dt>服务站</dt>
            <dd>{`${read.preview.stationName}(${read.preview.stationCode})`}</dd>
            <dt>服务器</dt>
            <dd>{read.preview.addresses.map(({ host, port }) => `${host}:${port}`).join('、')}</dd>
            <dt>有效期至</dt>
            <dd>{formatDay(read.preview.validUntil)}</dd>
            <dt>证书指纹</dt>
            <dd>
              {read.preview.fingerprint === null ? (
                <span className="attention">没有证书:与服务器的连接不加密。</span>
              ) : (
                <Fingerprint text={read.preview.fingerprint} />
              )}
            </dd>
          </dl>
          <p>入网后本机只与这台服务器同步;已录入的内容都在,登录后上传。</p>
          <LocalEntriesNote />
        </Dialog>
      ) : null}
    </>
  )
}
