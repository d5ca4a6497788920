import type { MergeLine } from '../../../src-shared/contract/sync-types.ts'
import { followMerges, listMerged } from '../queries/gone-record.ts'
import type { Page } from './conflicts.ts'
import type { Context } from './context.ts'
import { namerFor } from './names.ts'
import { nameRecords } from './shown-records.ts'

/** Merged records, the newest first: what can be taken apart again. */
export function listMerges(
  context: Context,
  page: Page,
): { readonly rows: readonly MergeLine[]; readonly total: number } {
  const { read } = context.store
  const merged = listMerged(read, page).map((gone) => ({
    gone,
    winnerId: followMerges(read, gone.register, gone.recordId),
  }))
  const records = nameRecords(
    context,
    read,
    merged.flatMap(({ gone, winnerId }) => [
      { register: gone.register, recordId: gone.recordId },
      { register: gone.register, recordId: winnerId },
    ]),
  )
  const namer = namerFor(read)
  const rows = merged.map(({ gone, winnerId }) => ({
    register: gone.register,
    loserId: gone.recordId,
    loserTitle: records.find(gone.register, gone.recordId)?.title ?? '',
    winnerId,
    winnerTitle: records.find(gone.register, winnerId)?.title ?? '',
    by: namer.person(gone.record.updatedBy),
    at: gone.at,
  }))
  const total = read.pluck<number>("SELECT count(*) FROM gone_record WHERE status = 'merged'")[0]
  return { rows, total: Number(total) }
}
