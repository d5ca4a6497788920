import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { areDependenciesInstalled } from '../../../tools/bootstrap/dependencies.mjs'
import { withLock } from '../../../tools/bootstrap/lock.mjs'
import { nodeVersion } from '../../../tools/bootstrap/node-runtime.mjs'
import { integrityOf } from '../../../tools/bootstrap/registry.mjs'

const root = join(import.meta.dirname, '..', '..', '..')

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'jufutong-bootstrap-'))
}

test('the Node that is fetched is the Node of package.json', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  expect(nodeVersion).toBe(manifest.devDependencies['node'])
})

test('integrityOf is the form the registry uses', async () => {
  const path = join(makeFolder(), 'empty')
  writeFileSync(path, '')
  // SHA-512 of nothing, as FIPS 180-4 implementations publish it.
  expect(await integrityOf(path)).toBe(
    'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  )
})

describe('withLock', () => {
  test('lets one in at a time', async () => {
    const lock = join(makeFolder(), 'lock')
    const events: string[] = []
    const work = (name: string) => async () => {
      events.push(`${name} in`)
      await new Promise((resolve) => setTimeout(resolve, 30))
      events.push(`${name} out`)
      return name
    }
    const results = await Promise.all([withLock(lock, work('first')), withLock(lock, work('second'))])
    expect(results).toEqual(['first', 'second'])
    expect(events).toEqual(['first in', 'first out', 'second in', 'second out'])
    expect(existsSync(lock)).toBe(false)
  })

  test('is given back when the work fails', async () => {
    const lock = join(makeFolder(), 'lock')
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withLock(lock, () => Promise.resolve('next'))).toBe('next')
  })

  test('is taken over from a process that died with it', async () => {
    const lock = join(makeFolder(), 'lock')
    const gone = spawnSync(process.execPath, ['-e', ''])
    mkdirSync(lock)
    writeFileSync(join(lock, 'owner'), String(gone.pid))
    expect(await withLock(lock, () => Promise.resolve('taken'))).toBe('taken')
  })
})

describe('areDependenciesInstalled', () => {
  type Packages = Record<string, { version: string; integrity?: string; optional?: boolean }>

  function makeTree(wanted: Packages, installed?: Packages): string {
    const tree = makeFolder()
    writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }))
    if (installed === undefined) return tree
    mkdirSync(join(tree, 'node_modules'))
    writeFileSync(join(tree, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }))
    return tree
  }
  const zod = { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' } }

  test('true when every locked package is there', () => {
    expect(areDependenciesInstalled(makeTree(zod, zod))).toBe(true)
  })

  test('true without an optional package of another platform', () => {
    const wanted = { ...zod, 'node_modules/binding-win32': { version: '1.0.0', optional: true } }
    expect(areDependenciesInstalled(makeTree(wanted, zod))).toBe(true)
  })

  test.each([
    ['nothing is installed', undefined],
    ['an installation was interrupted', {}],
    ['another version is installed', { 'node_modules/zod': { version: '3.0.0', integrity: 'sha512-a' } }],
    ['other bytes are installed', { 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-b' } }],
  ])('false when %s', (_, installed) => {
    expect(areDependenciesInstalled(makeTree(zod, installed))).toBe(false)
  })

  test('false when node_modules stands there without a record', () => {
    const tree = makeTree(zod, zod)
    rmSync(join(tree, 'node_modules', '.package-lock.json'))
    expect(areDependenciesInstalled(tree)).toBe(false)
  })
})
