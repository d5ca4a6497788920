import { expect, test } from 'vitest'
import {
  automaticText,
  formatBytes,
  isUnsent,
  passwordProblem,
  unsentText,
} from '../../../../../src-renderer/pages/backup/backup-text.ts'

test.each([
  [1, '1 KB'],
  [5_000, '5 KB'],
  [1_048_576, '1 MB'],
  [35 * 1_048_576, '35 MB'],
  [1.5 * 1_073_741_824, '1.5 GB'],
])('%d bytes', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('passwords: long enough, and twice the same', () => {
  expect(passwordProblem('123456789', '123456789')).toContain('至少 10 个字符')
  expect(passwordProblem('一二三四五六七八九十', '一二三四五六七八九')).toContain('不一样')
  expect(passwordProblem('一二三四五六七八九十', '一二三四五六七八九十')).toBeUndefined()
})

test('what would be missing is said per register', () => {
  const unsent = { ops: 3, byRegister: [{ register: 'resident', ops: 3 }], drafts: 2, dayEnds: 0 } as const
  expect(unsentText(unsent)).toBe('没有上传的修改 3 处(流动人员 3 处);没有录完的表 2 份')
  expect(isUnsent(unsent)).toBe(true)
  const none = { ops: 0, byRegister: [], drafts: 0, dayEnds: 0 }
  expect([unsentText(none), isUnsent(none)]).toEqual(['', false])
  expect(isUnsent({ ...none, dayEnds: 1 })).toBe(true)
})

test('the automatic backup in one line, truthfully', () => {
  const at = new Date(2026, 4, 1, 9, 5).getTime()
  const off = { isOn: false, folder: null, hasPassword: false, keep: 7, lastSuccess: null, lastFailure: null }
  const text = (change: object): string => automaticText({ automatic: { ...off, ...change } }, '2026-05-02')
  expect(text({})).toBe('未开启')
  expect(text({ isOn: true })).toBe('已开启;还没有做过')
  expect(text({ isOn: true, lastSuccess: { at, path: '', size: 1 } })).toBe(
    '已开启;上次成功 2026-05-01 09:05',
  )
  expect(text({ isOn: true, lastFailure: { at, message: '' } })).toBe(
    '已开启;还没有做过;2026-05-01 09:05 没有成功',
  )
})
