import { Radio } from 'antd'
import { useState, type ReactNode } from 'react'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { FieldRow } from '../../components/field-row.tsx'

/** 地区规定: whose rules registration and residence permits follow. They hold at once; what is stored is not judged again. */
export function RegionSettings(): ReactNode {
  const { settings, region, refresh } = useAppState()
  const [problem, setProblem] = useState<string>()

  const choose = async (id: string): Promise<void> => {
    try {
      await call('settings.save', { settings: { ...settings, region: id } })
      await refresh()
      setProblem(undefined)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }
  const { profile } = region
  return (
    <>
      <FieldRow label="地区规定" problem={problem} hint="用 ↑ ↓ 选择,立即生效;已保存的记录不重新检查。">
        <Radio.Group
          aria-label="地区规定"
          vertical
          value={profile.id}
          onChange={(event) => void choose(String(event.target.value))}
          options={region.choices.map(({ id, name }) => ({ label: name, value: id }))}
        />
      </FieldRow>
      <FieldRow label="依据">
        <p className="selectable">{profile.source}</p>
      </FieldRow>
    </>
  )
}
