import { expect, test } from 'vitest'
import { allCommands } from '../../../../../src-renderer/app/commands.ts'
import { listQueueActions, packageFileName } from '../../../../../src-renderer/pages/sync/queue-actions.ts'

const online = { send: true }
const labels = (...args: Parameters<typeof listQueueActions>) =>
  listQueueActions(...args).map(({ label }) => label)

test('an op that was set aside can be corrected and withdrawn; another cannot be withdrawn', () => {
  expect(labels(['setAside'], online)).toEqual([
    '更正记录',
    '详细信息',
    '单独上传',
    '搁置',
    '撤回',
    '导出同步包',
    '全部导出',
    '导入',
  ])
  expect(labels(['pending'], online)).not.toContain('撤回')
  expect(labels(['setAside', 'pending'], online)).not.toContain('撤回')
})

test('several at once are held and exported, but neither opened nor sent alone', () => {
  expect(labels(['pending', 'held'], online)).toEqual(['搁置', '导出同步包', '全部导出', '导入'])
})

test('one key holds and lets go', () => {
  const hold = listQueueActions(['pending'], online).find(({ kind }) => kind === 'hold')
  const release = listQueueActions(['held', 'held'], online).find(({ kind }) => kind === 'release')
  expect(release?.shortcut).toBe(hold?.shortcut)
})

test('without a server nothing is sent alone, and files still go in and out', () => {
  expect(labels(['pending'], { send: false })).not.toContain('单独上传')
  expect(labels([], { send: false })).toEqual(['全部导出', '导入'])
})

test('no key means two things, and none is taken by the menu', () => {
  for (const state of ['pending', 'held', 'setAside'] as const) {
    const keys = listQueueActions([state], online).map(({ shortcut }) => shortcut)
    expect(new Set(keys).size).toBe(keys.length)
    for (const { shortcut } of allCommands) expect(keys).not.toContain(shortcut)
  }
})

test('the file’s name says whose it is and when it was made', () => {
  const at = new Date(2026, 0, 2, 3, 4).getTime()
  expect(packageFileName('001', at)).toBe('同步包-001-20260102-0304.jufutong-package')
  expect(packageFileName('', at)).toBe('同步包-本机-20260102-0304.jufutong-package')
})
