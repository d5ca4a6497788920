import { Radio } from 'antd'
import { useState, type ReactNode } from 'react'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { FieldRow } from '../../components/field-row.tsx'

const sizes = [100, 110, 125, 150, 175] as const

/** 显示: the size of everything in the window. It holds at once. */
export function DisplaySettings(): ReactNode {
  const { settings, refresh } = useAppState()
  const [problem, setProblem] = useState<string>()

  const choose = async (fontSizePercent: number): Promise<void> => {
    try {
      await call('settings.save', { settings: { ...settings, fontSizePercent } })
      await refresh()
      setProblem(undefined)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }

  return (
    <FieldRow label="字号" problem={problem} hint="用 ← → 选择,立即生效。">
      <Radio.Group
        aria-label="字号"
        value={settings.fontSizePercent}
        onChange={(event) => void choose(Number(event.target.value))}
        options={sizes.map((size) => ({ label: `${size}%`, value: size }))}
      />
    </FieldRow>
  )
}
