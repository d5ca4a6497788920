import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { findDisagreements } from '../../support/store-agreement.ts'
import { makeBackend, makeFolder, RESOURCES, saveTown } from '../../support/backend-fixture.ts'

const folder = makeFolder()
afterEach(() => folder.remove())

/** Runs the loop until so many saves were answered, then kills it as a power cut would. */
function runUntilKilled(args: readonly string[], answers: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(RESOURCES, 'test', 'support', 'save-loop.ts'), ...args])
    let output = ''
    let errors = ''
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString()
      if (output.split('\n').filter((line) => line.startsWith('saved')).length >= answers)
        child.kill('SIGKILL')
    })
    child.once('exit', (_, signal) => {
      // The last line may be cut: then it was not answered.
      const lines = output.split('\n').slice(0, -1)
      if (signal === 'SIGKILL') resolve(lines)
      else reject(new Error(errors))
    })
  })
}

it('kill -9 while saving: everything answered as saved is there, whole', async () => {
  const first = await makeBackend({ dataFolder: folder.path })
  const town = await saveTown(first.backend)
  const batch = await first.backend.call('batch.open', {
    register: 'resident',
    communityCode: null,
    collectorId: town.coordinatorId,
    collectionDate: '2026-03-16',
    expectedCount: 500,
  })
  await first.remove()
  let answered = 0
  for (const [round, answers] of [7, 23, 40].entries()) {
    const lines = await runUntilKilled(
      [folder.path, town.dwellingId, town.coordinatorId, String(round * 100), batch.id],
      answers,
    )
    const { backend, remove } = await makeBackend({ dataFolder: folder.path })
    const { read } = backend.context.store
    for (const line of lines.filter((each) => each.startsWith('saved '))) {
      const [, id = '', remarks] = line.split(' ')
      expect(read.pluck<string>('SELECT remarks FROM resident WHERE id = ?', id)).toEqual([remarks])
      answered += 1
    }
    // Every saved record is a sheet of its batch, and every such sheet a saved record: they are one transaction.
    const sheets = read.pluck<string>('SELECT record_id FROM batch_sheet WHERE batch_id = ?', batch.id)
    expect(new Set(sheets)).toEqual(
      new Set(read.pluck<string>('SELECT id FROM resident WHERE id <> ?', town.residentId)),
    )
    expect((await backend.call('batch.present', { register: 'resident' }))?.counts.savedCount).toBe(
      sheets.length,
    )
    const lastDraft = lines
      .filter((each) => each.startsWith('draft '))
      .at(-1)
      ?.split(' ')[1]
    if (lastDraft !== undefined) {
      const drafts = await backend.call('draft.list', {})
      const newest = drafts.at(-1)
      expect(newest?.focusedField).toBe('name')
      expect(Number(newest?.inputs['name']?.text.slice(1))).toBeGreaterThanOrEqual(Number(lastDraft))
      for (const draft of drafts) await backend.call('draft.discard', { id: draft.id })
    }
    expect(read.pluck<string>('PRAGMA integrity_check')).toEqual(['ok'])
    expect(findDisagreements(read)).toEqual([])
    // A child of a row is there with its guardian, or neither is.
    const apart = `SELECT count(*) FROM resident WHERE accompanying_minors IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM minor WHERE minor.id = json_extract(resident.accompanying_minors, '$[0].minorId'))`
    expect(read.pluck<number>(apart)).toEqual([0])
    expect(
      read.pluck<number>('SELECT count(*) FROM minor WHERE guardian_id NOT IN (SELECT id FROM resident)'),
    ).toEqual([0])
    expect(Number(read.pluck<number>('SELECT count(*) FROM minor')[0])).toBeGreaterThanOrEqual(answered)
    await remove()
  }
  expect(answered).toBeGreaterThanOrEqual(70)
}, 60_000)
