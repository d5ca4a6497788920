import type { BatchRow, QueueRow, QueueState, RoundRow } from '../../../src-shared/contract/sync-types.ts'
import type { SyncStatus } from '../../../src-shared/contract/types.ts'
import { formatInstant } from '../../components/format-time.ts'

/** What a state of the queue is called. */
export const queueStateLabels: Readonly<Record<QueueState, string>> = {
  pending: '待上传',
  held: '搁置',
  setAside: '被退回',
}

/** How a round ended. */
export const outcomeLabels: Readonly<Record<RoundRow['outcome'], string>> = {
  running: '进行中',
  complete: '完成',
  cancelled: '已取消',
  failed: '未完成',
  interrupted: '中断',
}

/** A span of time (ms) as a clerk reads it: 不到 1 秒, 45 秒, 3 分 20 秒, 1 小时 5 分. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(Math.max(ms, 0) / 1_000)
  if (seconds < 1) return '不到 1 秒'
  if (seconds < 60) return `${seconds} 秒`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} 分` : `${minutes} 分 ${seconds % 60} 秒`
  return minutes % 60 === 0 ? `${minutes / 60} 小时` : `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`
}

/** A number of bytes: 812 B, 12.3 KB, 4.0 MB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} KB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** What of a batch is not accounted for: 0 where every op that was sent is answered or known to be unanswered. */
export function batchDifference(batch: BatchRow): number {
  return batch.sent - batch.accepted - batch.conflicts - batch.setAside - batch.unanswered
}

/** What a round did or why it ended early, in one sentence. */
export function roundSentence(round: RoundRow): string {
  if (round.error !== null) return round.error
  switch (round.outcome) {
    case 'running':
      return '正在同步'
    case 'cancelled':
      return '操作员取消,未上传的下次继续'
    case 'interrupted':
      return '程序中途退出,未上传的下次继续'
    case 'failed':
      return '没有完成,未上传的下次继续'
    case 'complete': {
      const waiting = [
        ...(round.conflicts > 0 ? [`冲突 ${round.conflicts} 处待处理`] : []),
        ...(round.setAside > 0 ? [`被退回 ${round.setAside} 项待更正`] : []),
      ]
      if (waiting.length > 0) return waiting.join(',')
      return round.pushed === 0 && round.pulled === 0 ? '没有新内容' : '全部完成'
    }
  }
}

/** Whether our server answers, as far as is known. */
export function connectionText(isServerSet: boolean, isOnline: boolean | null): string {
  if (!isServerSet) return '单机模式,数据只保存在本机'
  if (isOnline === null) return '尚未连接,按 F9 同步'
  return isOnline ? '在线' : '离线'
}

/** When the next round begins by itself. */
export function nextRoundText(
  sync: Pick<SyncStatus, 'nextRoundAt' | 'isRunning'>,
  periodMinutes: number,
  today: string,
): string {
  if (periodMinutes === 0) return '只手动同步'
  const period = `每 ${periodMinutes} 分钟`
  if (sync.isRunning) return `进行中(${period})`
  const at = sync.nextRoundAt ?? null
  return at === null ? period : `${formatInstant(at, today)}(${period})`
}

/** The text of a cell of the queue's grid. */
export function queueCellText(row: QueueRow, column: string, today: string): string {
  switch (column) {
    case 'title':
      return row.title
    case 'act':
      return row.act
    case 'createdAt':
      return formatInstant(row.createdAt, today)
    case 'by':
      return row.by
    case 'state':
      return queueStateLabels[row.state]
    case 'attempts':
      return String(row.attempts)
    case 'reason':
      return row.reason === '' && row.attempts === 0 ? '尚未发送' : row.reason
    default:
      return ''
  }
}

/** The text of a cell of the grid of rounds. */
export function roundCellText(round: RoundRow, column: string, today: string): string {
  switch (column) {
    case 'startedAt':
      return formatInstant(round.startedAt, today)
    case 'duration':
      return round.endedAt === null ? '' : formatDuration(round.endedAt - round.startedAt)
    case 'outcome':
      return outcomeLabels[round.outcome]
    case 'pushed':
      return round.pushed.toLocaleString('zh-CN')
    case 'pulled':
      return round.pulled.toLocaleString('zh-CN')
    case 'conflicts':
      return round.conflicts.toLocaleString('zh-CN')
    case 'setAside':
      return round.setAside.toLocaleString('zh-CN')
    case 'bytes':
      return `${formatBytes(round.bytesSent)} / ${formatBytes(round.bytesReceived)}`
    case 'sentence':
      return roundSentence(round)
    default:
      return ''
  }
}
