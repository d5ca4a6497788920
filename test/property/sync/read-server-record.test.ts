import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readServerRecord } from '../../../src-shared/contract/read-server-record.ts'
import { serverRecord } from '../../../src-shared/contract/server-messages.ts'

const scalar = fc.oneof(
  fc.string(),
  fc.constant('x'.repeat(10_001)),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
)
const name = fc.oneof(
  fc.constantFrom('name', 'telephone'),
  fc.constant('n'.repeat(61)),
  // What JSON.parse makes an own key of.
  fc.constant('__proto__'),
)
const value = fc.oneof(
  { weight: 5, arbitrary: scalar },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(fc.string(), fc.constant('x'.repeat(201)), fc.integer()), { maxLength: 3 }),
  },
  { weight: 2, arbitrary: fc.array(fc.dictionary(name, scalar), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 201 }, () => 'a')) },
  { weight: 1, arbitrary: fc.anything() },
)
const values = fc.dictionary(name, value, { maxKeys: 3 })
/** Mostly what belongs there, so that most rows get far. */
const mostly = <Value>(good: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: good as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: fc.anything() })
const conflict = fc.constant({
  id: 'a/b',
  field: 'name',
  lost: '张',
  by: 'a',
  station: '001',
  at: 1,
  keptBy: '',
  keptStation: '',
  keptAt: 0,
})
const rarely = (odd: string, ...usual: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constant(odd) })
const updatedAs = fc.record(
  {
    act: mostly(fc.constantFrom('changed', 'of a later program')),
    fields: mostly(fc.array(rarely('n'.repeat(61), 'name', 'telephone'), { maxLength: 2 })),
    reason: mostly(fc.string()),
    changeKind: rarely('k'.repeat(21), 'change', 'correction'),
    effectiveDate: rarely('2026-3-1', '2026-03-01'),
  },
  { requiredKeys: ['act', 'fields'], noNullPrototype: true },
)
const REQUIRED = [
  'register',
  'recordId',
  'seq',
  'status',
  'mergedInto',
  'cancellation',
  'declarationVersion',
  'stationCode',
  'values',
  'createdAt',
  'updatedAt',
  'updatedBy',
  'updatedStation',
  'conflicts',
  'duplicates',
] as const
const row = fc.record(
  {
    register: mostly(fc.constantFrom('resident', 'dwelling', 'employer', 'coordinator')),
    recordId: mostly(fc.uuid()),
    seq: mostly(fc.nat()),
    status: mostly(fc.constantFrom('active', 'cancelled', 'merged', 'deleted')),
    mergedInto: mostly(fc.option(fc.uuid())),
    cancellation: mostly(fc.option(values)),
    declarationVersion: mostly(fc.nat()),
    stationCode: mostly(fc.string()),
    values: mostly(values),
    createdAt: mostly(fc.integer()),
    updatedAt: mostly(fc.integer()),
    updatedBy: mostly(fc.string()),
    updatedStation: mostly(fc.string()),
    updatedAs: mostly(updatedAs),
    conflicts: mostly(
      fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(conflict, { maxLength: 2 })),
    ),
    duplicates: mostly(fc.array(fc.uuid(), { maxLength: 2 })),
  },
  { requiredKeys: [...REQUIRED], noNullPrototype: true },
)

test('a row is read as the schema reads it', () => {
  let good = 0
  fc.assert(
    fc.property(row, (candidate) => {
      const parsed = serverRecord.safeParse(candidate)
      const read = readServerRecord(candidate)
      expect(read !== undefined).toBe(parsed.success)
      if (parsed.success) good += 1
      if (parsed.success) expect(read).toEqual(parsed.data)
    }),
    { numRuns: 3_000 },
  )
  // Both judgements were met often.
  expect(good).toBeGreaterThan(200)
  expect(good).toBeLessThan(2_900)
})
