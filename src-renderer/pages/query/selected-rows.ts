import type { Query, QueryRow } from '../../../src-shared/contract/types.ts'
import { call } from '../../client/call.ts'
import type { Selection } from '../../tables/selection.ts'
import { queryInput } from '../../tables/use-result.ts'

/** Most records one act takes (contract: `ids`). */
export const selectionLimit = 1_000

const questionRows = 500

/** The selected rows, read anew: ranges may reach over rows that were never looked at. */
export async function readSelectedRows(query: Query, selection: Selection): Promise<readonly QueryRow[]> {
  const rows: QueryRow[] = []
  for (const [first, last] of selection.ranges) {
    for (let offset = first; offset <= last; offset += questionRows) {
      const limit = Math.min(questionRows, last - offset + 1)
      rows.push(...(await call('record.query', { query: queryInput(query), offset, limit })).rows)
    }
  }
  return rows
}
