import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** Loopback, private networks, and texts that are no address. */
function isHarmless(address: string): boolean {
  const parts = address.split('.')
  if (parts.some((part) => Number(part) > 255 || /^0\d/.test(part))) return true
  const [a = 0, b = 0] = parts.map(Number)
  return a === 0 || a === 10 || a === 127 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b < 32)
}

/** IPv4 addresses of the open internet in a text. Four numbers with more numbers around them are a version or a place. */
function findPublicAddresses(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g)]
    .map(([address]) => address)
    .filter((address) => !isHarmless(address))
}

test('no file names a server of the open internet: which one is used is chosen by who installs it', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => !file.endsWith('package-lock.json') && file !== '' && existsSync(join(root, file)))
  expect(files.length).toBeGreaterThan(300)
  const found = files.flatMap((file) =>
    findPublicAddresses(readFileSync(join(root, file), 'latin1')).map((address) => `${file}: ${address}`),
  )
  expect(found).toEqual([])
  // The search itself sees one; it is put together here, so that this file holds none.
  const planted = [9, 8, 7, 6].join('.')
  expect(findPublicAddresses(`http://${planted}:8080 10.1.2.3 1.2.3.4.5`)).toEqual([planted])
})
