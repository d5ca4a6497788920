import { describe, expect, test } from 'vitest'
import { toBackupFault } from '../../../src-main/backend/backups/backup-fault.ts'
import { backupNameOf, noticeOf } from '../../../src-main/backend/services/backups.ts'

const DAY = 86_400_000
const now = 100 * DAY
const good = (at: number) => ({ at, path: 'x', size: 1 })

describe('the line about the automatic backup', () => {
  test.each([
    [
      'off',
      { isOn: false, switchedOnAt: null, lastSuccess: null, lastFailure: { at: now, message: '' } },
      null,
    ],
    ['just switched on', { isOn: true, switchedOnAt: now, lastSuccess: null, lastFailure: null }, null],
    [
      'never made',
      { isOn: true, switchedOnAt: now - 4 * DAY, lastSuccess: null, lastFailure: null },
      '自动备份已 4 天没有做',
    ],
    ['in time', { isOn: true, switchedOnAt: 0, lastSuccess: good(now - 3 * DAY), lastFailure: null }, null],
    [
      'failed since',
      { isOn: true, switchedOnAt: 0, lastSuccess: good(now - DAY), lastFailure: { at: now, message: '' } },
      '自动备份没有成功',
    ],
    [
      'failed before',
      { isOn: true, switchedOnAt: 0, lastSuccess: good(now), lastFailure: { at: now - 1, message: '' } },
      null,
    ],
  ])('%s', (_, automatic, expected) => {
    expect(noticeOf(automatic, now)).toBe(expected)
  })
})

test('a file is called after its station and its moment, and nothing in that is a path', () => {
  const at = new Date(2026, 4, 1, 9, 5, 7)
  expect(backupNameOf(null, at)).toBe('居服通备份-本机-20260501-090507')
  expect(backupNameOf('../丹心 站:一', at)).toBe('居服通备份-丹心站一-20260501-090507')
  expect(backupNameOf('///', at)).toBe('居服通备份-本机-20260501-090507')
})

test.each([
  ['ENOSPC', 'write', 'noRoom', '空间不够'],
  ['EFBIG', 'write', 'tooLarge', 'FAT32'],
  ['EROFS', 'write', 'readOnly', '不能写入'],
  ['EIO', 'write', 'folderGone', 'U盘'],
  ['ENOENT', 'read', 'notFound', '找不到这个文件'],
  ['EXDEV', 'write', 'other', '日志'],
] as const)('%s while it is to %s is said as what it means', (code, act, kind, words) => {
  const fault = toBackupFault(Object.assign(new Error('x'), { code }), act)
  expect(fault.kind).toBe(kind)
  expect(fault.message).toContain(words)
})
