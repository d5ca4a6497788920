/** What has become of one paper form of a batch. */
export type SheetState = 'saved' | 'void' | 'deferred'

/** As much of a sheet as the balance needs. */
export type CountedSheet = {
  readonly state: SheetState
  /** Taken back: a save that was undone, a sheet that was taken up again. The paper lies on the pile once more. */
  readonly isUndone: boolean
}

export type SheetCounts = {
  readonly savedCount: number
  readonly voidCount: number
  readonly deferredCount: number
  /** Saves that were undone: told beside the balance, they are no part of it. */
  readonly undoneCount: number
}

/** Counts what the clerk did with the sheets of a pile, in whatever order it was done. */
export function countSheets(sheets: readonly CountedSheet[]): SheetCounts {
  const standing = (state: SheetState): number =>
    sheets.filter((sheet) => sheet.state === state && !sheet.isUndone).length
  return {
    savedCount: standing('saved'),
    voidCount: standing('void'),
    deferredCount: standing('deferred'),
    undoneCount: sheets.filter((sheet) => sheet.state === 'saved' && sheet.isUndone).length,
  }
}

/** Sheets that are still to be typed; below 0: more were done than the pile was said to have. */
export function countRemaining(expectedCount: number, counts: SheetCounts): number {
  return expectedCount - counts.savedCount - counts.voidCount - counts.deferredCount
}
