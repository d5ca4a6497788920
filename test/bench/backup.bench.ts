// 备份 of a store of 300 MB, and how long a save waits while it is made; beside it the same saves alone, before and after.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { v7 as makeUuid } from 'uuid'
import { employerValues, makeBackend, makeFolder, saveNew, workers } from '../support/backend-fixture.ts'
import { percentile } from './bench-store.ts'
import { printTable } from './print-table.ts'

const PHOTOS = 3_000
const PHOTO_BYTES = 100_000
const ALONE_MS = 8_000
const BACKUPS = 2

const folder = makeFolder()
const target = join(folder.path, 'stick')
mkdirSync(target)
const { backend, remove } = await makeBackend({ dataFolder: join(folder.path, 'data'), workers })
await backend.context.store.write((database) => {
  for (let index = 0; index < PHOTOS; index += 1)
    database.runOf(
      'INSERT INTO photo (hash, bytes, stored_at) VALUES (?, ?, 1)',
      `${index}`,
      Buffer.alloc(PHOTO_BYTES, index),
    )
})

async function timeSaves(isOver: () => boolean): Promise<readonly number[]> {
  const times: number[] = []
  while (!isOver()) {
    const startedAt = performance.now()
    await saveNew(backend, 'employer', makeUuid(), employerValues({ name: makeUuid() }))
    times.push(performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return times
}

async function timeAlone(): Promise<readonly number[]> {
  const end = performance.now() + ALONE_MS
  return timeSaves(() => performance.now() > end)
}

const rows: (readonly string[])[] = [['saves', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'longest ms', 'backup']]
const tell = (label: string, times: readonly number[], backup: string): void => {
  const at = (share: number): string => percentile([...times], share).toFixed(1)
  rows.push([label, `${times.length}`, at(0.5), at(0.95), at(0.99), Math.max(...times).toFixed(1), backup])
}

tell('alone, before', await timeAlone(), '')
for (let round = 1; round <= BACKUPS; round += 1) {
  let isOver = false
  const making = backend.call('backup.make', { folder: target, password: 'long enough' }).finally(() => {
    isOver = true
  })
  const times = await timeSaves(() => isOver)
  const made = await making
  tell(`during backup ${round}`, times, `${Math.round(made.size / 1e6)} MB in ${made.took} ms`)
}
tell('alone, after', await timeAlone(), '')
printTable('A save while a backup is made', rows)
await remove()
folder.remove()
