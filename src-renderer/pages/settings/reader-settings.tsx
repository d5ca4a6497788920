import { Checkbox, Input, Radio } from 'antd'
import { useEffect, useId, useState, type ReactNode } from 'react'
import type {
  ReaderDevice,
  ReaderProfile,
  ReaderSettings,
  ReaderTest,
} from '../../../src-shared/readers/reader-types.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useReaderStatus } from '../../client/use-reader-status.ts'
import { useRequest } from '../../client/use-request.ts'
import { BusyButton } from '../../components/busy-button.tsx'
import { FieldRow } from '../../components/field-row.tsx'
import { connectionLabels, readerStateLabels } from '../../components/reader-label.ts'
import {
  isReaderInputDirty,
  parseReader,
  readerInput,
  type ReaderInput,
  type ReaderProblem,
} from './reader-input.ts'
import { ReaderLog } from './reader-log.tsx'

const kinds: readonly { readonly value: ReaderSettings['kind']; readonly label: string }[] = [
  { value: 'auto', label: '自动检测' },
  { value: 'serial', label: '串口' },
  { value: 'hid', label: 'HID' },
  { value: 'usb', label: 'USB' },
  { value: 'none', label: '停用' },
]

/** 读卡器: which readers are used and how; the test asks them as typed, saved or not. */
export function ReaderSettingsForm(props: {
  readonly isShown: boolean
  readonly onDirty: (isDirty: boolean) => void
}): ReactNode {
  const { settings, refresh } = useAppState()
  const id = useId()
  const [value, setValue] = useState(() => readerInput(settings.reader))
  const [problem, setProblem] = useState<ReaderProblem>({})
  const [outcome, setOutcome] = useState<{ readonly isGood: boolean; readonly text: string }>()
  const [test, setTest] = useState<ReaderTest | 'running'>()
  // Looking for devices wakes native modules: only for somebody who looks at the sheet.
  const [wasShown, setWasShown] = useState(props.isShown)
  if (props.isShown && !wasShown) setWasShown(true)
  const list = useRequest('reader.list', wasShown ? {} : undefined)

  const isDirty = isReaderInputDirty(value, settings.reader)
  const { onDirty } = props
  useEffect(() => onDirty(isDirty), [isDirty, onDirty])

  const change = (part: Partial<ReaderInput>): void => {
    setOutcome(undefined)
    setTest(undefined)
    setValue({ ...value, ...part })
  }
  const parse = (): ReaderSettings | undefined => {
    const parsed = parseReader(value)
    setOutcome(undefined)
    setProblem(parsed.ok ? {} : parsed.problem)
    return parsed.ok ? parsed.reader : undefined
  }
  const save = async (): Promise<void> => {
    const reader = parse()
    if (!reader) return
    try {
      await call('settings.save', { settings: { ...settings, reader } })
      setValue(readerInput(reader))
      await refresh()
      setOutcome({ isGood: true, text: '已保存,立即生效。' })
    } catch (error) {
      setOutcome({ isGood: false, text: messageOf(error) })
    }
  }
  const runTest = async (): Promise<void> => {
    const reader = parse()
    if (!reader) return
    setTest('running')
    try {
      setTest(await call('reader.test', { reader }))
    } catch (error) {
      setTest(undefined)
      setOutcome({ isGood: false, text: messageOf(error) })
    }
  }

  const profiles = (list.output?.profiles ?? []).filter(
    ({ connection }) => value.kind === 'auto' || value.kind === connection,
  )
  const isOff = value.kind === 'none'
  return (
    <form
      className="reader-settings"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <PresentReaders />
      <FieldRow label="种类">
        <Radio.Group
          aria-label="种类"
          value={value.kind}
          onChange={(event) => change({ kind: event.target.value as ReaderSettings['kind'], profile: '' })}
          options={kinds.map((kind) => ({ ...kind }))}
        />
      </FieldRow>
      <FieldRow
        label="端口"
        htmlFor={`${id}-port`}
        problem={problem.port}
        hint="如 COM3、/dev/ttyUSB0;两台以上用分号隔开;留空则自动检测。选「串口」时有效。"
      >
        <Input
          id={`${id}-port`}
          className="input-address"
          value={value.port}
          disabled={value.kind !== 'serial'}
          spellCheck={false}
          onChange={(event) => change({ port: event.target.value })}
        />
      </FieldRow>
      <FoundDevices
        devices={list.output?.devices ?? []}
        problems={list.output?.problems ?? (list.problem === undefined ? [] : [list.problem])}
        isAsked={list.output !== undefined}
        onReload={list.reload}
        onChoose={(path) => change({ kind: 'serial', port: path })}
      />
      {profiles.length > 0 ? (
        <FieldRow label="型号" hint="「未验证」的型号按公开资料编写,尚未在该型号的读卡器上试过。">
          <Radio.Group
            aria-label="型号"
            className="reader-profiles"
            value={value.profile}
            onChange={(event) => change({ profile: String(event.target.value) })}
            options={[
              { value: '', label: '按设备自动选择' },
              ...profiles.map((profile) => ({ value: profile.name, label: profileLabel(profile) })),
            ]}
          />
        </FieldRow>
      ) : null}
      <FieldRow label="读卡">
        <Checkbox
          checked={value.autoRead}
          disabled={isOff}
          onChange={(event) => change({ autoRead: event.target.checked })}
        >
          放上证件自动读卡
        </Checkbox>
        <Checkbox
          checked={value.playsSound}
          disabled={isOff}
          onChange={(event) => change({ playsSound: event.target.checked })}
        >
          读到时发出提示音
        </Checkbox>
        <p className="hint">不自动读卡时,按 F2 读卡。</p>
      </FieldRow>
      <PhotoFields value={value} problem={problem} onChange={change} />
      <FieldRow label="">
        <div className="button-row">
          <BusyButton type="primary" htmlType="submit" isBusy={false}>
            确定
          </BusyButton>
          <BusyButton isBusy={test === 'running'} onClick={() => void runTest()}>
            测试读卡
          </BusyButton>
        </div>
        <TestOutcome test={test} />
        <p role="status" className={outcome?.isGood === false ? 'problem' : 'good'}>
          {outcome?.text}
        </p>
      </FieldRow>
      <ReaderLog />
    </form>
  )
}

function profileLabel(profile: ReaderProfile): string {
  const words = [
    ...(profile.isVerified ? [] : ['未验证']),
    ...(profile.obstacle === null ? [] : ['暂不能使用']),
  ]
  return words.length === 0 ? profile.label : `${profile.label}(${words.join(',')})`
}

/** The readers in use, as they stand now. */
function PresentReaders(): ReactNode {
  const status = useReaderStatus()
  return (
    <FieldRow label="当前状态">
      <div role="status" aria-label="当前状态">
        {status === undefined ? null : status.readers.length === 0 ? (
          <span>{readerStateLabels[status.state]}</span>
        ) : (
          status.readers.map((each) => (
            <div key={each.label}>
              {`${connectionLabels[each.connection]} ${each.label} ${readerStateLabels[each.state]}`}
              {each.samId === null ? '' : `,安全模块 ${each.samId}`}
            </div>
          ))
        )}
        {status?.notice ? <p className="attention">{status.notice}</p> : null}
      </div>
    </FieldRow>
  )
}

/** Ports and devices of this machine; a serial one is chosen by its button. */
function FoundDevices(props: {
  readonly devices: readonly ReaderDevice[]
  readonly problems: readonly string[]
  readonly isAsked: boolean
  readonly onReload: () => void
  readonly onChoose: (path: string) => void
}): ReactNode {
  return (
    <FieldRow label="本机设备">
      <div className="button-row reader-devices">
        {props.devices.map((device) =>
          device.connection === 'serial' ? (
            <BusyButton key={device.path} isBusy={false} onClick={() => props.onChoose(device.path)}>
              {`选用 ${device.label}`}
            </BusyButton>
          ) : (
            <span key={device.path}>{`${connectionLabels[device.connection]} ${device.label}`}</span>
          ),
        )}
        {props.isAsked && props.devices.length === 0 ? (
          <span className="hint">没有发现串口或读卡设备</span>
        ) : null}
        <BusyButton isBusy={false} onClick={props.onReload}>
          重新检测
        </BusyButton>
      </div>
      {props.problems.map((each) => (
        <p key={each} className="problem">
          {each}
        </p>
      ))}
    </FieldRow>
  )
}

/** 相片: which program decodes it, if any. */
function PhotoFields(props: {
  readonly value: ReaderInput
  readonly problem: ReaderProblem
  readonly onChange: (part: Partial<ReaderInput>) => void
}): ReactNode {
  const { value, problem, onChange } = props
  const id = useId()
  const isExternal = value.photoDecoder === 'external'
  return (
    <>
      <FieldRow label="相片">
        <Radio.Group
          aria-label="相片"
          value={value.photoDecoder}
          onChange={(event) =>
            onChange({ photoDecoder: event.target.value as ReaderSettings['photoDecoder'] })
          }
          options={[
            { value: 'none', label: '不解码' },
            { value: 'external', label: '用本机的解码程序' },
          ]}
        />
      </FieldRow>
      {isExternal ? (
        <>
          <FieldRow
            label="解码程序"
            htmlFor={`${id}-program`}
            problem={problem.program}
            hint="须另购得到授权的程序,以「程序 输入.wlt 输出.bmp」的方式运行。"
          >
            <Input
              id={`${id}-program`}
              value={value.photoProgram}
              spellCheck={false}
              onChange={(event) => onChange({ photoProgram: event.target.value })}
            />
          </FieldRow>
          <FieldRow label="最长等待(秒)" htmlFor={`${id}-limit`} problem={problem.limit}>
            <Input
              id={`${id}-limit`}
              className="input-number"
              inputMode="numeric"
              value={value.photoLimitSeconds}
              onChange={(event) => onChange({ photoLimitSeconds: event.target.value })}
            />
          </FieldRow>
        </>
      ) : null}
    </>
  )
}

function TestOutcome(props: { readonly test: ReaderTest | 'running' | undefined }): ReactNode {
  const { test } = props
  if (test === undefined || test === 'running') {
    return (
      <p role="status" className="hint">
        {test === 'running' ? '正在测试,请把证件放在读卡器上…' : ''}
      </p>
    )
  }
  return (
    <div role="status" className={test.isGood ? 'good' : 'problem'}>
      <p>{test.message}</p>
      {test.card === null ? null : <p>{`读到:${test.card}`}</p>}
      {test.isGood ? <p>{`用时 ${test.elapsedMs} 毫秒`}</p> : null}
    </div>
  )
}
