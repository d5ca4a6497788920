import type { SheetCounts, SheetState } from '../batches/balance.ts'
import type { DayEndNumbers } from '../batches/differences.ts'
import type { RegisterName } from '../registers/register.ts'
import type { UploadState } from './types.ts'

/** One paper form and what has become of it. */
export type SheetLine = {
  readonly id: number
  readonly register: RegisterName
  readonly state: SheetState
  readonly isUndone: boolean
  /** UTC milliseconds. */
  readonly at: number
  /** The saved record; null for the others. */
  readonly recordId: string | null
  /** The record's title; of a deferred sheet the name as far as it was typed. */
  readonly title: string
  /** Why it is void or deferred; empty for a saved one. */
  readonly reason: string
  /** Of the saved record; null for the others and where the record is not here. */
  readonly uploadState: UploadState | null
}

/** A pile of paper forms with its head. */
export type Batch = {
  readonly id: string
  readonly register: RegisterName
  readonly communityCode: string | null
  readonly collectorId: string | null
  /** `YYYY-MM-DD` on paper. */
  readonly collectionDate: string
  readonly expectedCount: number
  /** Day at the place of work. */
  readonly openedDate: string
  /** null while open. */
  readonly closedDate: string | null
  readonly communityName: string
  readonly collectorName: string
  readonly counts: SheetCounts
  /** The last saved ones, newest first, undone ones among them. */
  readonly saved: readonly SheetLine[]
  /** Those that wait to be taken up again, oldest first. */
  readonly deferred: readonly SheetLine[]
}

/** One line of 日结. */
export type DayEndLine = {
  /** null: the forms that were saved outside of any batch (未列入批次). */
  readonly batchId: string | null
  readonly title: string
  readonly numbers: DayEndNumbers
  readonly differences: readonly string[]
  readonly reminders: readonly string[]
}

export type DayEndConfirmation = {
  readonly confirmedAt: number
  readonly confirmedBy: string
  readonly reason: string
  /** Whether the numbers are still those that were confirmed. */
  readonly isCurrent: boolean
}

export type DayEnd = {
  readonly day: string
  readonly lines: readonly DayEndLine[]
  readonly isBalanced: boolean
  /** The newest confirmation of the day, or null. */
  readonly confirmation: DayEndConfirmation | null
}

/** What stands behind one number of a line. */
export type DayEndColumn = 'saved' | 'void' | 'deferred' | 'undone' | 'stored' | 'uploaded' | 'different'

/** One sheet behind a number; `remark` says what is to be known of it. */
export type DayEndSheet = SheetLine & { readonly remark: string }

/** 我的录入 of one register: what the clerk's own records took. */
export type MeterLine = {
  readonly register: RegisterName
  readonly recordCount: number
  readonly keyCount: number
  /** Milliseconds in which keys had to wait: for an opening form, for a save, for a list. */
  readonly openingMs: number
  readonly savingMs: number
  readonly listMs: number
}

export type Meter = {
  readonly today: readonly MeterLine[]
  /** Since the last reset. */
  readonly total: readonly MeterLine[]
  /** The first day that is counted, or null. */
  readonly since: string | null
}
