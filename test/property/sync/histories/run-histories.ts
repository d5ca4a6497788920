import { join } from 'node:path'
import fc from 'fast-check'
import { groupMerged, INVARIANTS, readConflicts, readLog, readRecords, type End } from './invariants.ts'
import { takeSnapshot } from './snapshot.ts'
import { MOST_STATIONS, someHistory, type History } from './step.ts'
import { checkOwn, takeStep } from './take-step.ts'
import { ACCOUNTS, AUDITOR, copyStore, openStation, type Template } from './template.ts'
import {
  attempt,
  closeWorld,
  count,
  noteOps,
  openWorld,
  runRound,
  type Station,
  type Tally,
  type World,
} from './world.ts'

/** Rounds of all stations after which everything must have come to rest. */
const MOST_PASSES = 8

/**
 * Runs random histories over the real client and server code and checks every invariant at the end of each.
 * @throws the first breach, with seed and path as fast-check prints them
 */
export async function runHistories(
  template: Template,
  options: { readonly runs: number; readonly seed: number; readonly path?: string },
): Promise<Tally> {
  const tally: Tally = {}
  await fc.assert(
    fc.asyncProperty(someHistory, (history) => runHistory(template, history, tally)),
    {
      numRuns: options.runs,
      seed: options.seed,
      ...(options.path === undefined ? {} : { path: options.path }),
      endOnFailure: process.env['JUFUTONG_SHRINK'] === undefined,
    },
  )
  const harms = template.proxy.counts()
  for (const [kind, times] of Object.entries(harms)) if (times > 0) tally[`line ${kind}`] = times
  return tally
}

/** @throws with every breach, where there is one */
export async function runHistory(template: Template, history: History, tally: Tally): Promise<void> {
  // Counted for itself: some checks ask what has happened in this history.
  const own: Tally = {}
  const world = await openWorld(template, history, own)
  try {
    for (const step of history.steps) await takeStep(world, step)
    await settle(world)
    const end = await readEnd(world)
    const breaches = INVARIANTS.flatMap(({ number, sentence, find }) =>
      find(end).map((line) => `invariant ${number} (${sentence}): ${line}`),
    )
    if (breaches.length > 0) throw new Error([...breaches.slice(0, 12), ...world.log.slice(-10)].join('\n'))
    count(world, 'histories')
    count(world, 'ops', end.log.length)
    count(world, 'conflicts', end.conflicts.length)
    count(world, 'set aside', end.log.filter((row) => row.seq === null).length)
    count(world, 'gone records', end.auditor.gone.size)
  } finally {
    await closeWorld(world)
    for (const [what, times] of Object.entries(own)) tally[what] = (tally[what] ?? 0) + times
  }
}

/** The line is good again: everything that waits goes up, and everything comes down, until nothing moves. */
async function settle(world: World): Promise<void> {
  const { proxy } = world.template
  proxy.forgetHarms()
  for (const station of world.stations) {
    const held = await attempt(world, station, 'sync.queue', { state: 'held', offset: 0, limit: 500 })
    const numbers = held?.rows.map((row) => row.n) ?? []
    if (numbers.length > 0) await attempt(world, station, 'sync.hold', { numbers, isHeld: false })
  }
  let before = ''
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const states: unknown[] = []
    for (const station of world.stations) {
      const status = await runRound(world, station)
      noteOps(world, station)
      checkOwn(world, station)
      states.push([status.lastError, status.pendingCount, status.setAsideCount, status.question])
    }
    const newest = await world.server.database.selectFrom('counter').select('seq').executeTakeFirstOrThrow()
    const now = JSON.stringify([states, newest])
    if (now === before) {
      const bad = states.filter((each) => JSON.stringify(each).match(/^\[null,0,\d+,null\]$/) === null)
      if (bad.length > 0) throw new Error(`not at rest: ${now}\n${world.log.slice(-10).join('\n')}`)
      return
    }
    before = now
  }
  throw new Error(`still moving after ${MOST_PASSES} passes: ${before}`)
}

async function readEnd(world: World): Promise<End> {
  const { template, server } = world
  const folder = join(world.folder, AUDITOR)
  copyStore(join(template.folder, AUDITOR), folder)
  const auditor: Station = {
    index: MOST_STATIONS,
    folder,
    backend: await openStation(folder, template.resourcesFolder),
    generation: 0,
    memory: 0,
    accountName: ACCOUNTS[0],
    copy: undefined,
  }
  const status = await runRound(world, auditor)
  const snapshot = takeSnapshot(auditor.backend)
  await auditor.backend.stop()
  if (status.lastError !== null) throw new Error(`the auditor: ${status.lastError}`)
  const log = await readLog(server.database)
  return {
    world,
    snapshots: world.stations.map((station) => takeSnapshot(station.backend)),
    auditor: snapshot,
    log,
    together: groupMerged(log),
    conflicts: await readConflicts(server.database),
    records: await readRecords(server.database),
  }
}
