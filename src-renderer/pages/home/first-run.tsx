import { Radio } from 'antd'
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Settings } from '../../../src-shared/contract/types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useEvent } from '../../client/use-request.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { parseServer, serverInput, type ServerProblem } from '../../components/server-address.ts'
import { ServerEnrolment } from '../../components/server-enrolment.tsx'
import { ServerFields } from '../../components/server-fields.tsx'
import { SignInForm } from '../../components/sign-in-form.tsx'
import { firstRunKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'

const stepTitles = ['连接方式', '账号', '服务站'] as const
type Work = { readonly label: string; readonly done: number; readonly total: number | null }

/**
 * The first start in three steps, on the home page: menus and tabs work beside it from the first moment. Each step can be
 * left with 「跳过,直接使用」 or Esc: the client works without any of it.
 */
export function FirstRun(): ReactNode {
  const { settings, account, isDemoLoaded, refresh } = useAppState()
  const [step, setStep] = useState(0)
  const [server, setServer] = useState(() => serverInput(settings.server))
  const [serverProblem, setServerProblem] = useState<ServerProblem>({})
  const [problem, setProblem] = useState('')
  const [isRunning, setIsRunning] = useState(false)
  const [work, setWork] = useState<Work>()
  const box = useRef<HTMLElement>(null)
  const hasMoved = useRef(false)
  useEvent('work.progress', (progress) => setWork(progress.isFinished ? undefined : progress))

  useEffect(() => {
    const body = box.current?.querySelector('.first-run-body')
    const first =
      body?.querySelector<HTMLElement>('input:checked') ??
      body?.querySelector<HTMLElement>('input') ??
      box.current?.querySelector<HTMLElement>('[data-next]')
    // The frame gives the first focus; a later step gets it only from the wizard itself.
    if (box.current?.contains(document.activeElement) || hasMoved.current) first?.focus()
    hasMoved.current = true
  }, [step])

  const act = async (what: () => Promise<void>): Promise<void> => {
    setIsRunning(true)
    setProblem('')
    try {
      await what()
    } catch (error) {
      setProblem(messageOf(error))
    } finally {
      setIsRunning(false)
    }
  }
  const save = async (change: Partial<Settings>): Promise<void> => {
    await call('settings.save', { settings: { ...settings, ...change } })
    await refresh()
  }
  const finish = (): Promise<void> => act(() => save({ isFirstRunDone: true }))
  const next = (): void => {
    if (step === 2) void finish()
    else if (step === 1) setStep(2)
    else {
      const parsed = parseServer(server)
      if (!parsed.ok) {
        setServerProblem(parsed.problem)
        return
      }
      setServerProblem({})
      void act(async () => {
        await save({ server: parsed.server })
        setStep(server.isEnabled ? 1 : 2)
      })
    }
  }
  const loadDemo = (): Promise<void> =>
    act(async () => {
      await call('demo.load', {})
      await refresh()
      // What is done cannot be pressed again: the focus goes on.
      if (box.current?.contains(document.activeElement)) {
        box.current.querySelector<HTMLElement>('[data-next]')?.focus()
      }
    })

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.defaultPrevented) return
    const pressed = findPressed(event.nativeEvent, firstRunKeys)
    if (pressed === 'finish') void finish()
    else if (pressed === 'next' && event.target instanceof HTMLInputElement && step === 0) next()
    else return
    event.preventDefault()
  }

  return (
    <section ref={box} className="first-run" aria-label="首次使用" onKeyDown={onKeyDown}>
      <h2>首次使用</h2>
      <ol className="first-run-steps">
        {stepTitles.map((title, index) => (
          <li key={title} aria-current={index === step ? 'step' : undefined}>
            {`${index + 1} ${title}`}
          </li>
        ))}
      </ol>
      <div className="first-run-body" role="group" aria-label={stepTitles[step]}>
        {step === 0 ? (
          <>
            <Radio.Group
              value={server.isEnabled}
              onChange={(event) => setServer({ ...server, isEnabled: event.target.value === true })}
              options={[
                { label: '单机模式:只在本机登记,以后可随时连接服务器', value: false },
                { label: '使用IP地址:连接市级服务器', value: true },
              ]}
              vertical
            />
            {server.isEnabled ? (
              <>
                <FieldRow label="">
                  <ServerEnrolment
                    hint="有入网文件时最快:地址和证书都在其中,不用再填。"
                    onEnrolled={(next) => {
                      setServer(serverInput(next.server))
                      setServerProblem({})
                      void act(async () => {
                        await refresh()
                        setStep(1)
                      })
                    }}
                  />
                </FieldRow>
                <ServerFields
                  value={server}
                  onChange={setServer}
                  problem={serverProblem}
                  isDisabled={false}
                />
              </>
            ) : null}
          </>
        ) : null}
        {step === 1 ? (
          account ? (
            <p>{`已登录:${account.displayName}(${account.accountName})。`}</p>
          ) : (
            <>
              <p>请输入服务站账号。没有账号时可直接下一步,以后在「首选项—账号」中登录。</p>
              <SignInForm
                onSignedIn={() => {
                  void act(async () => {
                    await refresh()
                    setStep(2)
                  })
                }}
              />
            </>
          )
        ) : null}
        {step === 2 ? (
          <>
            <p>
              {account
                ? `服务站:${account.stationName}(${account.stationCode})。登记的记录归属该站。`
                : '尚未登录账号。登记的记录保存在本机,登录账号并连接服务器后上传。'}
            </p>
            <p>演示数据是一个虚构的辖区,供练习使用,不会上传,可随时从「帮助—演示数据」移除。</p>
            <p>
              <BusyButton disabled={isDemoLoaded} isBusy={isRunning} onClick={() => void loadDemo()}>
                {isDemoLoaded ? '已装入演示数据' : '装入演示数据'}
              </BusyButton>
            </p>
          </>
        ) : null}
      </div>
      <div className="first-run-message" role="status">
        {work ? <ProgressBar {...work} /> : problem}
      </div>
      <div className="button-row">
        {step > 0 ? (
          <BusyButton isBusy={isRunning} onClick={() => setStep(server.isEnabled ? step - 1 : 0)}>
            上一步
          </BusyButton>
        ) : null}
        <BusyButton type="primary" data-next="" isBusy={isRunning} onClick={next}>
          {step === 2 ? '开始使用' : '下一步'}
        </BusyButton>
        <BusyButton isBusy={isRunning} onClick={() => void finish()}>
          跳过,直接使用
        </BusyButton>
      </div>
    </section>
  )
}
