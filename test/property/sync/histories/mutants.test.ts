import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Step } from './step.ts'
import { startChild, type SourceChange } from '../../../support/chaos/start-child.ts'

/** Milliseconds for one mutant on a busy machine. */
const PATIENCE = 240_000
/** Random histories until a mutant has to be caught. */
const RUNS = 300
const program = join(import.meta.dirname, '..', '..', '..', 'support', 'chaos', 'histories-child.ts')

/** Runs histories over a program with a fault in it and answers the breach they find. */
async function findBreach(
  mutation: readonly SourceChange[],
  options: { readonly migrations?: 'plain' | 'patched'; readonly steps?: readonly Step[] } = {},
): Promise<string> {
  const { migrations = 'plain', steps } = options
  const child = startChild(
    program,
    // What a short history shows needs no chance.
    steps ? ['0', '1', migrations, JSON.stringify(steps)] : [String(RUNS), '1', migrations],
    { mutation },
  )
  const { code } = await child.ended
  const output = child.lines.join('\n')
  if (code !== 0 || !output.startsWith('caught')) throw new Error(`not caught:\n${output}\n${child.errors()}`)
  return output
}

const create: Step = { act: 'create', station: 0, choice: 2, isBroken: false }
const another: Step = { act: 'create', station: 0, choice: 10, isBroken: false }
const sync: Step = { act: 'sync', station: 0, harms: [] }

test('without a mutation the short histories hold', { timeout: PATIENCE }, async () => {
  for (const steps of [DROPPED, NUMBER_TAKEN, FIVE_WEEKS, BROKEN_PULL])
    await expect(findBreach([], { steps })).rejects.toThrow(/not caught:\nsurvived/)
})

const MERGE = 'src-shared/sync/merge.ts'
/** The server loses what was acknowledged. */
const DROPPED: readonly Step[] = [
  create,
  sync,
  { act: 'backUpServer' },
  another,
  sync,
  sync,
  { act: 'restoreServer' },
  sync,
]
/** A store put back to an older state gives a number a second time. */
const NUMBER_TAKEN: readonly Step[] = [
  create,
  sync,
  { act: 'copyClient', station: 0 },
  another,
  sync,
  { act: 'restoreClient', station: 0 },
  { act: 'create', station: 0, choice: 18, isBroken: false },
  sync,
]
/** Everything acknowledged is let go, and more is typed. */
const FIVE_WEEKS: readonly Step[] = [create, sync, { act: 'fiveWeeksPass' }, sync, sync, another, sync]

/** Another station's pull of many pages breaks off after the first: what is asked again once is lost as well. */
const BROKEN_PULL: readonly Step[] = [
  ...Array.from({ length: 12 }, (_, index): Step => ({ ...create, choice: 2 + 8 * index })),
  sync,
  {
    act: 'sync',
    station: 1,
    // The greeting and the first page come through.
    harms: [null, null, ...Array.from({ length: 6 }, () => ({ kind: 'answerLost' }) as const)],
  },
]

test('mutant: last writer wins', { timeout: PATIENCE }, async () => {
  const breach = await findBreach([
    {
      file: MERGE,
      from: 'const hasSeen = !isClosed && isGroupSeen(register, state, name, author)',
      to: 'const hasSeen = !isClosed || author.seq > 0',
    },
  ])
  expect(breach).toMatch(/invariant 4/)
})

test('mutant: no own chain, an own earlier edit counts as unseen', { timeout: PATIENCE }, async () => {
  const breach = await findBreach([
    {
      file: MERGE,
      from: 'return version.writer === writer ? version.foreignSeq : version.seq',
      to: 'return writer > 0 ? version.seq : version.foreignSeq',
    },
  ])
  expect(breach).toMatch(/invariant 6|invariant 7/)
})

test('mutant: an op is dropped with its receipt', { timeout: PATIENCE }, async () => {
  const breach = await findBreach(
    [
      {
        file: 'src-main/backend/sync/outbox.ts',
        from: 'const KEEP_ACKED_MS = 35 * 86_400_000',
        to: 'const KEEP_ACKED_MS = -86_400_000',
      },
    ],
    { steps: DROPPED },
  )
  expect(breach).toMatch(/invariant [139]/)
})

test(
  'mutant: a naive cursor goes to the newest number, not to the last row',
  { timeout: PATIENCE },
  async () => {
    const breach = await findBreach(
      [
        {
          file: 'src-main/backend/sync/pull.ts',
          from: '{ cursor: isPageStored || last === undefined ? page.next : last.seq }',
          to: '{ cursor: page.head + 0 * Number(isPageStored || last === undefined) }',
        },
      ],
      { steps: BROKEN_PULL },
    )
    expect(breach).toMatch(/invariant [18]/)
  },
)

test('mutant: no hash and no id, a number alone says which op it is', { timeout: PATIENCE }, async () => {
  const breach = await findBreach(
    [
      {
        file: 'src-server/sync/receive-ops.ts',
        from: 'if (known.hash !== op.hash || known.opId !== op.opId) {',
        to: 'if (known.hash === "") {',
      },
    ],
    { steps: NUMBER_TAKEN },
  )
  expect(breach).toMatch(/invariant [139]/)
})

test('mutant: numbers are given again when the newest ops are gone', { timeout: PATIENCE }, async () => {
  // The alarm that the server has ops this store lost would hide it.
  const unalarmed: SourceChange = {
    file: 'src-main/backend/sync/outbox.ts',
    from: "return Number(row?.['seq'] ?? 0)",
    to: "return 1_000_000 + Number(row?.['seq'] ?? 0)",
  }
  const breach = await findBreach([unalarmed], { migrations: 'patched', steps: FIVE_WEEKS })
  expect(breach).toMatch(/was given to/)
})
