import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLog, openTextLog } from '../../../src-main/log.ts'

test('writes one JSON object a line, into a folder it makes', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'jufutong-log-')), 'logs')
  const log = openLog(folder, 'main')
  log.write('main.start', { version: '1.0.0' })
  log.write('main.quit')
  const lines = readFileSync(log.path, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: 'main.start', version: '1.0.0', at: expect.stringMatching(/^\d{4}-.*Z$/) },
    { event: 'main.quit' },
  ])
})

test('starts a new file when the old one is large, and keeps one old file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-log-'))
  const path = join(folder, 'backend.log')
  writeFileSync(path, 'x'.repeat(5 * 1024 * 1024))
  openTextLog(folder, 'backend').append('after\n')
  expect(readFileSync(path, 'utf8')).toBe('after\n')
  expect(statSync(join(folder, 'backend.1.log')).size).toBe(5 * 1024 * 1024)
})

test('a log that cannot be written stops nothing', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'jufutong-log-')), 'file')
  writeFileSync(file, '')
  const log = openLog(join(file, 'below a file'), 'main')
  expect(() => {
    log.write('main.start')
  }).not.toThrow()
})
