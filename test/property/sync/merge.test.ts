import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { areEqualValues } from '../../../src-shared/fields/merge.ts'
import { getRegister } from '../../../src-shared/registers/registers.ts'
import {
  mergeEdit,
  mergeRecords,
  mergeRedirected,
  overlayEdits,
  STATUS_FIELD,
  unmergeRecords,
  type Edit,
  type MergeState,
} from '../../../src-shared/sync/merge.ts'
import { readMergeState, writeMergeState } from '../../../src-server/sync/record-state.ts'

const resident = getRegister('resident')

/** fast-check prints seed and path of a failure; `JUFUTONG_SEED` repeats a run. */
const parameters = {
  numRuns: 1_500,
  ...(process.env['JUFUTONG_SEED'] ? { seed: Number(process.env['JUFUTONG_SEED']) } : {}),
}

/** Few fields and values, so that writers meet. */
const someFields: fc.Arbitrary<RecordValues> = fc
  .record(
    {
      telephone: fc.constantFrom<FieldValue>('1', '2', null),
      remarks: fc.constantFrom<FieldValue>('a', 'b', null),
      documentTypeCode: fc.constantFrom<FieldValue>('01', '03'),
      documentNumber: fc.constantFrom<FieldValue>('x', 'y'),
      socialInsuranceCodes: fc.constantFrom<FieldValue>(null, ['10'], ['11', '12']),
    },
    { requiredKeys: [] },
  )
  .filter((fields) => Object.keys(fields).length > 0)

const edit = fc.oneof(
  { weight: 8, arbitrary: someFields.map((fields) => ({ kind: 'set' as const, fields })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const, fields: {} }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restore' as const, fields: {} }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const, fields: {} }) },
  { weight: 2, arbitrary: someFields.map((fields) => ({ kind: 'resolve' as const, fields })) },
)
/** A writer edits, having pulled everything up to now or not since its last pull. */
const history = fc.array(
  fc.record({ writer: fc.integer({ min: 1, max: 3 }), pullsFirst: fc.boolean(), edit }),
  {
    minLength: 1,
    maxLength: 25,
  },
)

type Event = {
  readonly seq: number
  readonly writer: number
  readonly edit: Edit
  readonly applied: readonly string[]
  readonly conflicts: readonly { readonly field: string; readonly kept: unknown; readonly lost: unknown }[]
  readonly before: MergeState
  readonly after: MergeState
}

function play(
  steps: readonly {
    writer: number
    pullsFirst: boolean
    edit: { kind: Edit['kind']; fields: RecordValues }
  }[],
): readonly Event[] {
  const created: Edit = { kind: 'set', baseSeq: 0, fields: { telephone: '0' }, cancellation: null }
  let state = mergeEdit(resident, undefined, created, 1, 1).state
  let seq = 1
  const seen = new Map<number, number>()
  const events: Event[] = []
  for (const step of steps) {
    if (step.pullsFirst || !seen.has(step.writer)) seen.set(step.writer, seq)
    seq += 1
    const made: Edit = {
      kind: step.edit.kind,
      fields: step.edit.fields,
      baseSeq: seen.get(step.writer) ?? 0,
      cancellation: step.edit.kind === 'cancel' ? { reasonCode: '10' } : null,
    }
    const before = state
    const merged = mergeEdit(resident, before, made, step.writer, seq)
    state = merged.state
    events.push({ seq, writer: step.writer, edit: made, ...merged, before, after: state })
  }
  return events
}

test('no written value disappears: it is current, was overwritten by one who had seen it, or is kept in a conflict', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const events = play(steps)
      for (const [index, event] of events.entries()) {
        for (const [name, value] of Object.entries(event.edit.fields)) {
          const isInConflict = event.conflicts.some(
            (conflict) => conflict.field === name && areEqualValues(conflict.lost as FieldValue, value),
          )
          if (isInConflict) {
            // What was kept stays exactly as it was.
            expect(event.after.values[name] ?? null).toEqual(event.before.values[name] ?? null)
            expect(event.after.versions[name]).toEqual(event.before.versions[name])
            continue
          }
          const isUnion = resident.fields[name]?.kind === 'codes'
          if (isUnion) {
            for (const code of (value as readonly string[] | null) ?? [])
              expect(event.after.values[name]).toContain(code)
          } else expect(event.after.values[name]).toEqual(value)
          // Whoever replaces it later had seen a number at which it stood so, or wrote it himself.
          const next = events
            .slice(index + 1)
            .find((later) => later.applied.includes(name) && later.edit.kind === 'set')
          if (!next || isUnion) continue
          const stoodSince = next.before.versions[name]?.seq ?? 0
          const wroteIt = next.before.versions[name]?.writer === next.writer
          expect(next.edit.baseSeq >= stoodSince || wroteIt).toBe(true)
        }
      }
    }),
    parameters,
  )
})

test('a replica that is alone never conflicts, however old its base', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const events = play(steps.map((step) => ({ ...step, writer: 1, pullsFirst: false })))
      let values: RecordValues = { telephone: '0' }
      for (const event of events) {
        expect(event.conflicts).toEqual([])
        values = { ...values, ...event.edit.fields }
        expect(event.after.values).toEqual(values)
      }
    }),
    parameters,
  )
})

test('one who has seen everything always gets his way, but through another’s deletion', () => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const event of play(steps)) {
        if (event.edit.baseSeq !== event.seq - 1) continue
        if (event.before.status === 'deleted' && event.edit.kind !== 'restore') continue
        expect(event.conflicts).toEqual([])
        expect(event.after.values).toEqual({ ...event.before.values, ...event.edit.fields })
      }
    }),
    parameters,
  )
})

test('a type is never joined with the number of another station', () => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const event of play(steps)) {
        if (event.edit.kind !== 'set') continue
        const others = ['documentTypeCode', 'documentNumber'].some((name) => {
          const version = event.before.versions[name]
          if (!version) return false
          const foreignSeq = version.writer === event.writer ? version.foreignSeq : version.seq
          return foreignSeq > event.edit.baseSeq
        })
        if (!others) continue
        expect(event.applied).not.toContain('documentTypeCode')
        expect(event.applied).not.toContain('documentNumber')
      }
    }),
    parameters,
  )
})

test('the stored form of a state gives back the same state', () => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const { after } of play(steps)) expect(readMergeState(writeMergeState(after))).toEqual(after)
    }),
    parameters,
  )
})

test('the last own edit of a field is what a page shows', () => {
  const own = fc.array(someFields, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(someFields, own, (server, edits) => {
      const shown = overlayEdits(
        { status: 'active', cancellation: null, mergedInto: null, values: server },
        edits.map((fields) => ({ kind: 'set', baseSeq: 0, fields, cancellation: null })),
      )
      expect(shown.values).toEqual(Object.assign({}, server, ...edits) as RecordValues)
    }),
    parameters,
  )
})

/** Two records of random pasts, and what a third station has seen of them. */
const pairs = fc.record({
  winner: history,
  loser: history,
  picks: someFields,
  seenOfWinner: fc.nat({ max: 30 }),
  seenOfLoser: fc.nat({ max: 30 }),
})
const MERGER = 4
const MERGE_SEQ = 100

function playPair(pair: { winner: Parameters<typeof play>[0]; loser: Parameters<typeof play>[0] }) {
  const winner = play(pair.winner).at(-1)?.after
  const loser = play(pair.loser).at(-1)?.after
  if (!winner || !loser) throw new Error('a history without an event')
  return { winner, loser, winnerId: 'winner', loserId: 'loser' }
}

function isWrittenAfter(state: MergeState, name: string, base: number): boolean {
  return (state.versions[name]?.seq ?? 0) > base
}

test('a merge hides no value that was not seen: it is the winner’s, or in a conflict, or nothing is merged', () => {
  let merges = 0
  fc.assert(
    fc.property(pairs, (pair) => {
      const both = playPair(pair)
      const edit = { baseSeq: pair.seenOfWinner, loserBaseSeq: pair.seenOfLoser, fields: pair.picks }
      const merged = mergeRecords(resident, both, edit, MERGER, MERGE_SEQ)
      expect(merged.loser.state.values).toEqual(both.loser.values)
      const { values } = merged.winner.state
      const isKept = (name: string, value: FieldValue): boolean =>
        areEqualValues(values[name], value) ||
        (resident.fields[name]?.kind === 'codes' && value === null) ||
        (Array.isArray(value) &&
          (value as readonly string[]).every((code) => String(values[name]).includes(code))) ||
        merged.winner.conflicts.some(
          (conflict) => conflict.field === name && areEqualValues(conflict.lost as FieldValue, value),
        )
      for (const [name, value] of Object.entries(pair.picks)) expect(isKept(name, value)).toBe(true)
      if (!merged.isMerged) {
        expect(merged.loser.conflicts).toMatchObject([
          { field: STATUS_FIELD, lost: { status: 'merged', mergedInto: 'winner' } },
        ])
        expect(values).toEqual(both.winner.values)
        return
      }
      merges += 1
      for (const [name, value] of Object.entries(both.loser.values))
        if (isWrittenAfter(both.loser, name, pair.seenOfLoser)) expect(isKept(name, value)).toBe(true)
      for (const [name, value] of Object.entries(both.winner.values))
        if (isWrittenAfter(both.winner, name, pair.seenOfWinner) && resident.fields[name]?.kind !== 'codes')
          expect(values[name]).toEqual(value)
    }),
    parameters,
  )
  expect(merges).toBeGreaterThan(0)
})

test('a merge and its unmerging give both records back, but for what was written in between', () => {
  fc.assert(
    fc.property(pairs, fc.option(someFields, { nil: undefined }), (pair, between) => {
      const both = playPair(pair)
      const edit = { baseSeq: MERGE_SEQ - 1, loserBaseSeq: MERGE_SEQ - 1, fields: pair.picks }
      const merged = mergeRecords(resident, both, edit, MERGER, MERGE_SEQ)
      if (!merged.isMerged) {
        // Another's deletion stands whatever was seen.
        expect([both.winner.status, both.loser.status]).toContain('deleted')
        return
      }
      expect(merged.winner.conflicts).toEqual([])
      let winner = merged.winner.state
      if (between && (winner.status === 'active' || winner.status === 'cancelled')) {
        const asked: Edit = { kind: 'set', baseSeq: MERGE_SEQ, fields: between, cancellation: null }
        winner = mergeEdit(resident, winner, asked, 1, MERGE_SEQ + 1).state
      }
      const given = { winner, loser: merged.loser.state, undo: merged.undo }
      const parted = unmergeRecords(given, { baseSeq: MERGE_SEQ }, 2, MERGE_SEQ + 2)
      expect(parted.isUnmerged).toBe(true)
      const { status, cancellation, mergedInto, values } = parted.loser.state
      expect({ status, cancellation, mergedInto, values }).toEqual({
        status: both.loser.status,
        cancellation: both.loser.cancellation,
        mergedInto: null,
        values: both.loser.values,
      })
      for (const name of Object.keys({ ...both.winner.values, ...parted.winner.state.values })) {
        const isWrittenBetween =
          between !== undefined &&
          Object.hasOwn(between, name) &&
          winner.versions[name]?.seq === MERGE_SEQ + 1
        const expected = isWrittenBetween ? between[name] : both.winner.values[name]
        expect(areEqualValues(parted.winner.state.values[name], expected)).toBe(true)
      }
    }),
    parameters,
  )
})

test('a late edit of a merged record is with the winner or in a conflict there, and comes back with its own record', () => {
  fc.assert(
    fc.property(pairs, someFields, (pair, late) => {
      const both = playPair(pair)
      const merged = mergeRecords(
        resident,
        both,
        { baseSeq: MERGE_SEQ - 1, loserBaseSeq: MERGE_SEQ - 1, fields: {} },
        MERGER,
        MERGE_SEQ,
      )
      if (!merged.isMerged) return
      const states = { winner: merged.winner.state, loser: merged.loser.state }
      const asked: Edit = { kind: 'set', baseSeq: MERGE_SEQ - 1, fields: late, cancellation: null }
      const { winner, loser } = mergeRedirected(resident, states, asked, 5, MERGE_SEQ + 1)
      // He had seen everything of the record he edited.
      expect(loser.conflicts).toEqual([])
      for (const [name, value] of Object.entries(late)) {
        expect(areEqualValues(loser.state.values[name], value)).toBe(true)
        const isConflict = winner.conflicts.some((conflict) => conflict.field === name)
        if (isConflict) expect(winner.state.values[name] ?? null).toEqual(states.winner.values[name] ?? null)
        else if (Array.isArray(value))
          for (const code of value as readonly string[]) expect(winner.state.values[name]).toContain(code)
        else if (resident.fields[name]?.kind !== 'codes')
          expect(areEqualValues(winner.state.values[name], value)).toBe(true)
      }
      expect(winner.isExact || loser.isExact).toBe(false)
    }),
    parameters,
  )
})

test('what is taken exactly is what the sender shows', () => {
  fc.assert(
    fc.property(history, (steps) => {
      for (const { before, edit: asked, after, writer, seq } of play(steps)) {
        const { isExact, conflicts } = mergeEdit(resident, before, asked, writer, seq)
        expect(isExact && conflicts.length > 0).toBe(false)
        if (!isExact) continue
        const shown = overlayEdits(before, [asked])
        expect({ status: shown.status, cancellation: shown.cancellation }).toEqual({
          status: after.status,
          cancellation: after.cancellation,
        })
        for (const name of Object.keys(shown.values))
          expect(areEqualValues(shown.values[name], after.values[name])).toBe(true)
      }
    }),
    parameters,
  )
})
