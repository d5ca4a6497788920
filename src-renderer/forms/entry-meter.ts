import { pageKeys, type KeyTarget } from './key-queue.ts'

/** What keys wait for: a form that opens, a save (with the next form), a list. */
export type WaitCause = 'opening' | 'saving' | 'list'

export type MeterReading = {
  readonly keyCount: number
  readonly openingMs: number
  readonly savingMs: number
  readonly listMs: number
}

/**
 * Counts what one record takes, in memory: a key costs one addition. Waiting is the time in which the form keeps keys
 * instead of hearing them.
 */
export type EntryMeter = {
  readonly countKey: () => void
  /** Keys counted so far for this record. */
  readonly keyCount: () => number
  /** What is waited for from now on; a wait that is under way is put down to the cause it ends with. */
  readonly setCause: (cause: WaitCause) => void
  /** The page's keys, with the time they were kept measured. */
  readonly keyTarget: KeyTarget
  /**
   * What was counted since the last time, whole milliseconds; counting begins anew. Keys beyond `keys` were struck ahead, while
   * the save was under way: they stay for the next record.
   */
  readonly take: (keys: number) => MeterReading
}

export function createEntryMeter(
  now: () => number = () => performance.now(),
  target: KeyTarget = pageKeys,
): EntryMeter {
  let keyCount = 0
  let cause: WaitCause = 'list'
  let waits = { opening: 0, saving: 0, list: 0 }
  return {
    countKey() {
      keyCount += 1
    },
    keyCount: () => keyCount,
    setCause(next) {
      cause = next
    },
    keyTarget: {
      capture(listener) {
        const begin = now()
        const end = target.capture(listener)
        return () => {
          end()
          waits[cause] += now() - begin
        }
      },
      play: target.play,
    },
    take(keys) {
      const reading = {
        keyCount: keys,
        openingMs: Math.round(waits.opening),
        savingMs: Math.round(waits.saving),
        listMs: Math.round(waits.list),
      }
      keyCount -= keys
      waits = { opening: 0, saving: 0, list: 0 }
      return reading
    },
  }
}
