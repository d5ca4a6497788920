import { describe, expect, test } from 'vitest'
import type { BatchRow, QueueRow, RoundRow } from '../../../../../src-shared/contract/sync-types.ts'
import {
  batchDifference,
  connectionText,
  formatBytes,
  formatDuration,
  nextRoundText,
  queueCellText,
  roundCellText,
  roundSentence,
} from '../../../../../src-renderer/pages/sync/sync-text.ts'

const batch: BatchRow = {
  batchId: 'b',
  sentAt: 0,
  sent: 10,
  accepted: 7,
  conflicts: 2,
  setAside: 1,
  unanswered: 0,
}
const round: RoundRow = {
  id: 1,
  startedAt: 0,
  endedAt: 65_000,
  outcome: 'complete',
  pushed: 0,
  pulled: 0,
  conflicts: 0,
  setAside: 0,
  bytesSent: 900,
  bytesReceived: 1_500_000,
  error: null,
  batches: [],
}
const op: QueueRow = {
  n: 1,
  register: 'resident',
  recordId: '019a9e1c-7b60-7000-8000-00000000abcd',
  title: '王小明',
  act: '登记',
  state: 'pending',
  attempts: 0,
  reason: '',
  createdAt: 0,
  by: '操作员甲',
}

test.each([
  [0, '不到 1 秒'],
  [-5, '不到 1 秒'],
  [499, '不到 1 秒'],
  [500, '1 秒'],
  [59_400, '59 秒'],
  [59_600, '1 分'],
  [200_000, '3 分 20 秒'],
  [3_600_000, '1 小时'],
  [3_900_000, '1 小时 5 分'],
])('a round of %i ms took %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 KB'],
  [999_949, '999.9 KB'],
  [999_950, '1.0 MB'],
  [12_340_000, '12.3 MB'],
])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

describe('the balance of a batch', () => {
  test('is zero where every op is answered, or known to be unanswered', () => {
    expect(batchDifference(batch)).toBe(0)
    expect(batchDifference({ ...batch, accepted: 0, conflicts: 0, setAside: 0, unanswered: 10 })).toBe(0)
  })
  test('shows what is missing and what is too much', () => {
    expect(batchDifference({ ...batch, accepted: 5 })).toBe(2)
    expect(batchDifference({ ...batch, accepted: 8 })).toBe(-1)
  })
})

describe('a round in words', () => {
  test('says what waits for a person before it says that all is done', () => {
    expect(roundSentence(round)).toBe('没有新内容')
    expect(roundSentence({ ...round, pulled: 1 })).toBe('全部完成')
    expect(roundSentence({ ...round, pushed: 3, conflicts: 2, setAside: 1 })).toBe(
      '冲突 2 处待处理,被退回 1 项待更正',
    )
  })
  test('gives the server’s fault, and never calls an unfinished round done', () => {
    expect(roundSentence({ ...round, outcome: 'failed', error: '连接超时。' })).toBe('连接超时。')
    for (const outcome of ['failed', 'cancelled', 'interrupted'] as const)
      expect(roundSentence({ ...round, outcome, pushed: 5 })).toContain('下次继续')
  })
  test('has no duration while it runs or where the program ended in it', () => {
    expect(roundCellText(round, 'duration', '2026-11-22')).toBe('1 分 5 秒')
    expect(roundCellText({ ...round, endedAt: null }, 'duration', '2026-11-22')).toBe('')
    expect(roundCellText(round, 'bytes', '2026-11-22')).toBe('900 B / 1.5 MB')
  })
})

test('在线 only where our own server answered', () => {
  expect(connectionText(false, true)).toContain('单机模式')
  expect(connectionText(true, null)).toContain('尚未连接')
  expect(connectionText(true, false)).toBe('离线')
  expect(connectionText(true, true)).toBe('在线')
})

test('the next round: by hand, running, or a moment', () => {
  const day = new Date(2026, 10, 22, 9, 35).getTime()
  expect(nextRoundText({ isRunning: false, nextRoundAt: day }, 0, '2026-11-22')).toBe('只手动同步')
  expect(nextRoundText({ isRunning: true, nextRoundAt: day }, 10, '2026-11-22')).toBe('进行中(每 10 分钟)')
  expect(nextRoundText({ isRunning: false, nextRoundAt: day }, 10, '2026-11-22')).toBe('09:35(每 10 分钟)')
  expect(nextRoundText({ isRunning: false, nextRoundAt: null }, 10, '2026-11-22')).toBe('每 10 分钟')
})

test('an op that was never sent says so; one that was says why it is still here', () => {
  expect(queueCellText(op, 'reason', '2026-11-22')).toBe('尚未发送')
  expect(queueCellText({ ...op, attempts: 1, reason: '连接中断' }, 'reason', '2026-11-22')).toBe('连接中断')
  expect(queueCellText({ ...op, state: 'setAside' }, 'state', '2026-11-22')).toBe('被退回')
  expect(queueCellText(op, 'attempts', '2026-11-22')).toBe('0')
})
