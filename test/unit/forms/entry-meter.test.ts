import { expect, it } from 'vitest'
import { createEntryMeter } from '../../../src-renderer/forms/entry-meter.ts'
import { createKeyQueue } from '../../../src-renderer/forms/key-queue.ts'

/** A clock moved by hand. */
function makeMeter() {
  let now = 0
  const meter = createEntryMeter(() => now, { capture: () => () => undefined, play: () => undefined })
  return {
    meter,
    keys: createKeyQueue(meter.keyTarget),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

it('waiting is the time in which keys are kept, put down to what was waited for', () => {
  const { meter, keys, pass } = makeMeter()
  meter.setCause('opening')
  keys.hold()
  pass(120)
  keys.release()
  meter.setCause('list')
  pass(5_000)
  keys.hold()
  pass(30)
  keys.release()
  // A list that is still waited for when the save begins, and the next form after it: one wait.
  keys.hold()
  pass(10)
  meter.setCause('saving')
  keys.hold()
  pass(50)
  keys.release()
  pass(5)
  keys.release()
  expect(meter.take(0)).toEqual({ keyCount: 0, openingMs: 120, savingMs: 65, listMs: 30 })
  expect(meter.take(0)).toEqual({ keyCount: 0, openingMs: 0, savingMs: 0, listMs: 0 })
})

it('keys struck ahead while a save is under way belong to the next record', () => {
  const { meter } = makeMeter()
  for (let key = 0; key < 40; key += 1) meter.countKey()
  const atSave = meter.keyCount()
  for (let key = 0; key < 3; key += 1) meter.countKey()
  expect(meter.take(atSave).keyCount).toBe(40)
  meter.countKey()
  expect(meter.take(meter.keyCount()).keyCount).toBe(4)
})
