import { countRemaining, type SheetCounts } from './balance.ts'

/** The numbers of one line of the day-end sheet. */
export type DayEndNumbers = SheetCounts & {
  /** null where nobody said how many there are: forms outside of a batch. */
  readonly expectedCount: number | null
  /** Of the saved ones: really in their register's table, and active. Counted there, not taken from the sheets. */
  readonly storedCount: number
  /** Of the saved ones: cancelled by now by somebody else than the undo. */
  readonly cancelledCount: number
  /** Of the saved ones: merged into another record, deleted or withdrawn by now. */
  readonly goneCount: number
  /** Of the undone ones: active again, restored by somebody since. */
  readonly restoredCount: number
  /** Of the saved ones: the server's receipt for everything about them is stored here. */
  readonly uploadedCount: number
  /** Of the saved ones: an op waits to be sent, or to be let go again. */
  readonly pendingCount: number
  /** Why the server has refused ops of saved ones, one sentence a record. */
  readonly refusals: readonly string[]
}

/** How many sentences of refusals a line shows; the rest is counted. */
const SHOWN_REFUSALS = 2

/**
 * Why a line does not balance, in plain sentences; none where it does. A line balances when every sheet of the pile is saved,
 * void or deferred, every saved one is on this disk, and, where there is a server, has its receipt.
 */
export function differencesOf(numbers: DayEndNumbers, isServerSet: boolean): readonly string[] {
  const { expectedCount, savedCount, storedCount, cancelledCount, goneCount, refusals } = numbers
  const sentences: string[] = []
  if (expectedCount !== null) {
    const remaining = countRemaining(expectedCount, numbers)
    if (remaining > 0) sentences.push(`还差 ${remaining} 份未录`)
    if (remaining < 0) sentences.push(`比应录份数多 ${-remaining} 份`)
  }
  if (cancelledCount > 0) sentences.push(`${cancelledCount} 份录入后已注销`)
  if (numbers.restoredCount > 0) sentences.push(`${numbers.restoredCount} 份撤销后又恢复`)
  if (goneCount > 0) sentences.push(`${goneCount} 份录入后已合并、删除或撤回`)
  const missing = savedCount - storedCount - cancelledCount - goneCount
  if (missing > 0) sentences.push(`${missing} 份不在本机,请同步后核对`)
  if (!isServerSet) return sentences
  if (refusals.length > 0) {
    const shown = refusals.slice(0, SHOWN_REFUSALS).join(';')
    const rest = refusals.length > SHOWN_REFUSALS ? ` 等` : ''
    sentences.push(`${refusals.length} 份被服务器退回:${shown}${rest}`)
  }
  if (numbers.pendingCount > 0) sentences.push(`${numbers.pendingCount} 份待上传`)
  const unknown = savedCount - numbers.uploadedCount - numbers.pendingCount - refusals.length
  if (unknown > 0) sentences.push(`${unknown} 份没有服务器回执`)
  return sentences
}

/** What is not a difference but is to be remembered. */
export function remindersOf(numbers: DayEndNumbers, isServerSet: boolean): readonly string[] {
  return [
    ...(numbers.deferredCount > 0 ? [`搁置 ${numbers.deferredCount} 份待补录`] : []),
    ...(isServerSet || numbers.savedCount === 0 ? [] : ['单机模式,不上传']),
  ]
}
