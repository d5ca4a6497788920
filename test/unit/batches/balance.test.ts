import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countRemaining, countSheets, type CountedSheet } from '../../../src-shared/batches/balance.ts'
import { differencesOf, remindersOf, type DayEndNumbers } from '../../../src-shared/batches/differences.ts'

/** What a clerk does with the pile; `at` chooses among the sheets it can be done to. */
type Act =
  | { readonly kind: 'save' | 'void' | 'deferred' }
  | { readonly kind: 'takeBack'; readonly state: CountedSheet['state']; readonly at: number }
  | { readonly kind: 'countAnew'; readonly more: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('save', 'void', 'deferred') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('takeBack'),
      state: fc.constantFrom('saved', 'void', 'deferred'),
      at: fc.nat(50),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('countAnew'), more: fc.integer({ min: 0, max: 5 }) }),
  },
) as fc.Arbitrary<Act>

describe('the balance of a pile', () => {
  it('is right whatever the order of acts: every paper is in one of four places', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(act, { maxLength: 120 }), (size, acts) => {
        // Papers on a desk: the truth. Sheets: what the program writes down, one row an act.
        const places: ('pile' | CountedSheet['state'])[] = Array.from({ length: size }, () => 'pile')
        const sheets: (CountedSheet & { readonly paper: number })[] = []
        let undone = 0
        for (const each of acts) {
          if (each.kind === 'countAnew') {
            for (let more = 0; more < each.more; more += 1) places.push('pile')
          } else if (each.kind === 'takeBack') {
            const standing = sheets.flatMap((sheet, index) =>
              sheet.state === each.state && !sheet.isUndone ? [index] : [],
            )
            const index = standing[each.at % Math.max(1, standing.length)]
            const sheet = index === undefined ? undefined : sheets[index]
            if (index === undefined || !sheet) continue
            sheets[index] = { ...sheet, isUndone: true }
            places[sheet.paper] = 'pile'
            if (sheet.state === 'saved') undone += 1
          } else {
            const paper = places.indexOf('pile')
            if (paper < 0) continue
            const state = each.kind === 'save' ? 'saved' : each.kind
            places[paper] = state
            sheets.push({ state, isUndone: false, paper })
          }
        }
        const at = (place: string): number => places.filter((each) => each === place).length
        const counts = countSheets(sheets)
        expect(counts).toEqual({
          savedCount: at('saved'),
          voidCount: at('void'),
          deferredCount: at('deferred'),
          undoneCount: undone,
        })
        expect(countRemaining(places.length, counts)).toBe(at('pile'))
      }),
    )
  })

  it('goes below nothing where more were done than the pile was said to have', () => {
    const counts = countSheets([
      { state: 'saved', isUndone: false },
      { state: 'saved', isUndone: false },
      { state: 'void', isUndone: false },
    ])
    expect(countRemaining(2, counts)).toBe(-1)
  })
})

const balanced: DayEndNumbers = {
  expectedCount: 5,
  savedCount: 3,
  voidCount: 1,
  deferredCount: 1,
  undoneCount: 1,
  storedCount: 3,
  cancelledCount: 0,
  goneCount: 0,
  restoredCount: 0,
  uploadedCount: 3,
  pendingCount: 0,
  refusals: [],
}

describe('a line of the day-end sheet', () => {
  it('balances, or says why', () => {
    const say = (change: Partial<DayEndNumbers>): readonly string[] =>
      differencesOf({ ...balanced, ...change }, true)
    expect(say({})).toEqual([])
    expect(say({ expectedCount: 7 })).toEqual(['还差 2 份未录'])
    expect(say({ expectedCount: 4 })).toEqual(['比应录份数多 1 份'])
    expect(say({ expectedCount: null })).toEqual([])
    expect(say({ uploadedCount: 2, pendingCount: 1 })).toEqual(['1 份待上传'])
    expect(say({ uploadedCount: 2, refusals: ['民族:字典中没有这个代码'] })).toEqual([
      '1 份被服务器退回:民族:字典中没有这个代码',
    ])
    expect(
      say({
        savedCount: 5,
        expectedCount: 7,
        refusals: ['甲', '乙', '丙'],
        storedCount: 5,
        uploadedCount: 2,
      }),
    ).toEqual(['3 份被服务器退回:甲;乙 等'])
    expect(say({ uploadedCount: 2 })).toEqual(['1 份没有服务器回执'])
    expect(say({ storedCount: 2 })).toEqual(['1 份不在本机,请同步后核对'])
    expect(say({ restoredCount: 1 })).toEqual(['1 份撤销后又恢复'])
    expect(say({ storedCount: 1, cancelledCount: 1, goneCount: 1 })).toEqual([
      '1 份录入后已注销',
      '1 份录入后已合并、删除或撤回',
    ])
  })

  it('expects no receipts where there is no server, and says that nothing is sent', () => {
    const alone = { ...balanced, uploadedCount: 0, pendingCount: 3 }
    expect(differencesOf(alone, false)).toEqual([])
    expect(remindersOf(alone, false)).toEqual(['搁置 1 份待补录', '单机模式,不上传'])
    expect(remindersOf({ ...balanced, deferredCount: 0 }, true)).toEqual([])
  })

  it('never balances while numbers disagree', () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.nat(9),
        fc.nat(9),
        fc.nat(9),
        fc.nat(9),
        (remaining, saved, stored, uploaded, deferred) => {
          const numbers: DayEndNumbers = {
            ...balanced,
            expectedCount: remaining + saved + deferred + 1,
            voidCount: 1,
            savedCount: saved,
            deferredCount: deferred,
            storedCount: Math.min(stored, saved),
            uploadedCount: Math.min(uploaded, saved),
          }
          const isEven = remaining === 0 && stored >= saved && uploaded >= saved
          expect(differencesOf(numbers, true).length === 0).toBe(isEven)
        },
      ),
    )
  })
})
