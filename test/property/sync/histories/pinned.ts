import type { History, Step } from './step.ts'

const create = (station: number, choice: number): Step => ({
  act: 'create',
  station,
  choice,
  isBroken: false,
})
const sync = (station: number): Step => ({ act: 'sync', station, harms: [] })

/** Histories that once broke an invariant, as short as they could be made. */
export const PINNED: readonly History[] = [
  // A cursor in the middle of pages passed a change that the record had moved on from: the maker of the next one got an echo.
  {
    stations: 2,
    pushOps: 100,
    pullRows: 4,
    latencyMs: 0,
    steps: [
      create(0, 156),
      create(1, 132),
      create(1, 99),
      create(1, 4),
      { act: 'syncAll' },
      { act: 'crashServer', station: 0, atRequest: 2, isBeforeServer: false },
      { act: 'edit', station: 0, record: 4, choice: 165 },
      create(1, 174),
      { act: 'edit', station: 0, record: 11, choice: 164 },
      { act: 'edit', station: 1, record: 7, choice: 6 },
    ],
  },
  // A store under a new id kept the server from being backed up.
  {
    stations: 2,
    pushOps: 2,
    pullRows: 2,
    latencyMs: 0,
    steps: [
      create(0, 10),
      sync(0),
      { act: 'edit', station: 0, record: 0, choice: 1 },
      sync(0),
      { act: 'removeLog', station: 0 },
      sync(0),
      { act: 'backUpServer' },
      { act: 'syncAll' },
    ],
  },
  // A rebuilt store forgot the duplicates of a record with an own op, and the echo of that op did not bring them back.
  {
    stations: 2,
    pushOps: 100,
    pullRows: 1,
    latencyMs: 0,
    steps: [
      create(1, 95),
      create(0, 221),
      create(0, 117),
      create(1, 69),
      { act: 'syncAll' },
      sync(0),
      { act: 'cancel', station: 0, record: 8 },
      { act: 'rebuild', station: 0 },
    ],
  },
]
