// What a look-up consists of: the rows, and for all but small tables their sorted keys.
import { freezeSymbols } from './name-matcher.ts'
import { storeRows, type LookupRow, type RowStore } from './row-store.ts'
import { buildSuffixKeys, type SuffixKeys } from './suffix-keys.ts'

/** Tables up to this size are matched row by row: building keys would cost more than it saves. */
const ROW_BY_ROW = 256

export type LookupParts = {
  readonly store: RowStore
  /** Undefined for small tables. */
  readonly keys: SuffixKeys | undefined
}

/** Puts rows into order and builds their sorted keys. */
export function buildLookupParts(rows: readonly LookupRow[], areCodesTyped: boolean): LookupParts {
  const store = storeRows(rows, areCodesTyped)
  return {
    store,
    keys: store.size > ROW_BY_ROW ? buildSuffixKeys(store, freezeSymbols(store.symbols)) : undefined,
  }
}
