import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/** What `npm start` and `npm test` do where Xvfb is missing. apt-get stands in the way here: it only notes what it was asked. */

const script = pathToFileURL(
  join(import.meta.dirname, '..', '..', '..', 'tools', 'system', 'system-packages.ts'),
).href
const isRoot = process.getuid?.() === 0

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jufutong-packages-'))
  mkdirSync(join(folder, 'bin'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function addApt(code = 0): void {
  const apt = join(folder, 'bin', 'apt-get')
  writeFileSync(apt, `#!/bin/sh\necho "$@" >> "${join(folder, 'asked')}"\nexit ${String(code)}\n`)
  chmodSync(apt, 0o755)
}

function listAsked(): readonly string[] {
  const path = join(folder, 'asked')
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
}

function ensure(options: { readonly asOrdinaryUser: boolean }): {
  readonly code: number | null
  readonly said: string
} {
  // Another user could not run the Node that lies in root's own cache folder.
  const user = options.asOrdinaryUser && isRoot ? 'process.getuid = () => 1000\n' : ''
  const program = `${user}const { ensureSystemPackages } = await import(${JSON.stringify(script)})
    try { ensureSystemPackages({ needsVirtualDisplay: true }) } catch (error) { console.error(error.message); process.exit(1) }`
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: join(folder, 'bin') },
    encoding: 'utf8',
  })
  return { code: done.status, said: done.stderr }
}

describe.runIf(process.platform === 'linux')('a missing system package', () => {
  test('of an ordinary user: the exact command is printed, and nothing is run', () => {
    addApt()
    const { code, said } = ensure({ asOrdinaryUser: true })
    expect(code).toBe(1)
    expect(said).toContain('Xvfb')
    expect(said).toMatch(
      /^ {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends [a-z0-9 -]*\bxvfb$/m,
    )
    expect(listAsked()).toEqual([])
  })

  test.runIf(isRoot)('of root on Debian: it is installed', () => {
    addApt()
    expect(ensure({ asOrdinaryUser: false })).toMatchObject({ code: 0 })
    expect(listAsked()).toEqual([
      'update -qq',
      expect.stringMatching(/^install -y --no-install-recommends -qq .*\bxvfb$/) as string,
    ])
  })

  test.runIf(isRoot)('that cannot be installed ends the command with what failed', () => {
    addApt(100)
    expect(ensure({ asOrdinaryUser: false })).toMatchObject({
      code: 1,
      said: expect.stringContaining('apt-get update -qq failed') as string,
    })
  })

  test('on a system without apt-get: what is missing is named', () => {
    const { code, said } = ensure({ asOrdinaryUser: false })
    expect(code).toBe(1)
    expect(said).toMatch(/^Missing on this system: .*Xvfb/)
  })
})
