import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LINE_COMMANDS } from '../../../src-server/commands/line-commands.ts'
import { STORAGE_COMMANDS } from '../../../src-server/commands/storage-commands.ts'
import { LINE_LIMITS } from '../../../src-server/plugins/line-limits.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const guide = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
const folder = join(root, 'docs', 'operations')

const settingsIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/JUFUTONG_SERVER_[A-Z_]*[A-Z]/g)].map(([name]) => name)),
]

test('the guide names exactly the settings that the server reads', () => {
  const program = readFileSync(join(root, 'src-server', 'server.ts'), 'utf8')
  const read = [...program.matchAll(/process\.env\['(JUFUTONG_SERVER_[A-Z_]+)'\]/g)].map(
    (match) => match[1] ?? '',
  )
  expect(read.length).toBeGreaterThan(5)
  expect(settingsIn(guide).toSorted()).toEqual([...new Set(read)].toSorted())
  for (const file of readdirSync(folder)) {
    for (const name of settingsIn(readFileSync(join(folder, file), 'utf8'))) expect(read).toContain(name)
  }
})

test('its figures of the line are those of the program, and its commands exist', () => {
  for (const text of [
    `同时 ${LINE_LIMITS.socketsPerAddress} 个连接`,
    `每分钟 ${LINE_LIMITS.requestsPerMinutePerAddress.toLocaleString('en')} 个请求`,
    `请求头 ${LINE_LIMITS.headersTimeout / 1_000} 秒`,
    `整个请求 ${LINE_LIMITS.requestTimeout / 1_000} 秒`,
    `接近 ${LINE_LIMITS.sockets.toLocaleString('en')}`,
  ])
    expect(guide).toContain(text)
  const known = [
    'add-station',
    'add-account',
    'set-password',
    'import-dictionary',
    'list',
    'init-tls',
    ...LINE_COMMANDS,
    ...STORAGE_COMMANDS,
  ]
  const named = [...guide.matchAll(/node src-server\/server\.ts ([a-z][a-z-]*)/g)].map((match) => match[1])
  expect(named.length).toBeGreaterThan(5)
  for (const name of named) expect(known).toContain(name)
})

test('the units start programs of this tree', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.service'))) {
    const unit = readFileSync(join(folder, file), 'utf8')
    expect(unit).toMatch(/^ExecStart=.*src-server\/server\.ts/m)
    expect(unit).toContain('UMask=0077')
  }
})
