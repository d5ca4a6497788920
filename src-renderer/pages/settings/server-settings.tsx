import { Checkbox } from 'antd'
import { useEffect, useState, type ReactNode } from 'react'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { LocalEntriesNote } from '../../components/local-entries-note.tsx'
import { parseServer, serverInput, type ServerProblem } from '../../components/server-address.ts'
import { ServerEnrolment } from '../../components/server-enrolment.tsx'
import { ServerFields } from '../../components/server-fields.tsx'

/** 系统初始化: the server's address. Saving a changed one asks for the restart that makes it hold. */
export function ServerSettingsForm(props: { readonly onDirty: (isDirty: boolean) => void }): ReactNode {
  const { settings, refresh } = useAppState()
  const [value, setValue] = useState(() => serverInput(settings.server))
  const [problem, setProblem] = useState<ServerProblem>({})
  const [message, setMessage] = useState<{ isGood: boolean; text: string }>()
  const [isAsking, setIsAsking] = useState(false)
  const [isRunning, setIsRunning] = useState(false)

  const stored = serverInput(settings.server)
  const isDirty =
    value.isEnabled !== stored.isEnabled ||
    value.host !== stored.host ||
    value.port !== stored.port ||
    value.usesTls !== stored.usesTls ||
    value.allowsPlain !== stored.allowsPlain ||
    value.authority !== stored.authority
  const { onDirty } = props
  useEffect(() => onDirty(isDirty), [isDirty, onDirty])

  const save = async (): Promise<void> => {
    const parsed = parseServer(value)
    setMessage(undefined)
    if (!parsed.ok) {
      setProblem(parsed.problem)
      return
    }
    setProblem({})
    setIsRunning(true)
    try {
      const saved = await call('settings.save', { settings: { ...settings, server: parsed.server } })
      setValue(serverInput(saved.settings.server))
      await refresh()
      if (saved.needsRestart) setIsAsking(true)
      else setMessage({ isGood: true, text: '已保存。' })
    } catch (error) {
      setMessage({ isGood: false, text: messageOf(error) })
    } finally {
      setIsRunning(false)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <FieldRow label="">
        <Checkbox
          checked={value.isEnabled}
          onChange={(event) => setValue({ ...value, isEnabled: event.target.checked })}
        >
          使用IP地址
        </Checkbox>
        <p className="hint">不勾选时为单机模式,数据只保存在本机。</p>
        {value.isEnabled && !stored.isEnabled ? <LocalEntriesNote /> : null}
      </FieldRow>
      <ServerFields value={value} onChange={setValue} problem={problem} isDisabled={!value.isEnabled} />
      <FieldRow label="">
        <ServerEnrolment
          hint="由管理员提供,一份用于一台电脑:地址、证书和密钥一次设好。"
          onEnrolled={(next) => {
            setValue(serverInput(next.server))
            setProblem({})
            setMessage(undefined)
            void refresh()
          }}
        />
      </FieldRow>
      <FieldRow label="">
        <BusyButton type="primary" htmlType="submit" isBusy={isRunning}>
          确定
        </BusyButton>
        <p role="status" className={message?.isGood === false ? 'problem' : 'good'}>
          {message?.text}
        </p>
      </FieldRow>
      {isAsking ? (
        <Dialog
          title="系统初始化"
          acts={[
            {
              label: '是',
              onSelect: () => {
                call('app.restart', {}).catch((error: unknown) => {
                  setIsAsking(false)
                  setMessage({ isGood: false, text: messageOf(error) })
                })
              },
            },
            {
              label: '否',
              isSafe: true,
              isPrimary: true,
              onSelect: () => {
                setIsAsking(false)
                setMessage({ isGood: true, text: '已保存,重新启动程序后生效。' })
              },
            },
          ]}
        >
          应用参数被修改,必须重启应用程序。是否要重新启动应用程序?
        </Dialog>
      ) : null}
    </form>
  )
}
