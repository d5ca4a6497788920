import { mkdtempSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unzip } from '../../../tools/electron/unzip.ts'

type Part = {
  readonly name: string
  readonly content: Buffer
  readonly mode: number
  readonly isStored?: boolean
}

/** Writes a zip by its published layout (APPNOTE 6.3), without checksums: the reader does not look at them. */
function makeZip(parts: readonly Part[]): string {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const part of parts) {
    const name = Buffer.from(part.name)
    const packed = part.isStored ? part.content : deflateRawSync(part.content)
    const method = part.isStored ? 0 : 8
    // A local extra field that the directory lacks: its length must come from the local header.
    const extra = Buffer.from([1, 2, 3, 4, 5])
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(extra.length, 28)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE((part.mode << 16) >>> 0, 38)
    central.writeUInt32LE(offset, 42)
    bodies.push(local, name, extra, packed)
    directory.push(central, name)
    offset += 30 + name.length + extra.length + packed.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  const path = join(mkdtempSync(join(tmpdir(), 'jufutong-zip-')), 'a.zip')
  writeFileSync(path, Buffer.concat([...bodies, entries, end]))
  return path
}

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'jufutong-unzip-'))
}

test('unpacks stored and deflated files, folders, modes and links', async () => {
  const large = Buffer.alloc(3 * 1024 * 1024, '居服通')
  const folder = makeFolder()
  await unzip(
    makeZip([
      { name: 'a/', content: Buffer.alloc(0), mode: 0o040755, isStored: true },
      { name: 'a/run', content: large, mode: 0o100755 },
      { name: 'b/说明.txt', content: Buffer.from('stored'), mode: 0o100644, isStored: true },
      { name: 'link', content: Buffer.from('a/run'), mode: 0o120777, isStored: true },
      { name: 'empty', content: Buffer.alloc(0), mode: 0o100644, isStored: true },
    ]),
    folder,
  )
  expect(readFileSync(join(folder, 'a/run')).equals(large)).toBe(true)
  expect(statSync(join(folder, 'a/run')).mode & 0o111).not.toBe(0)
  expect(readFileSync(join(folder, 'b/说明.txt'), 'utf8')).toBe('stored')
  expect(readlinkSync(join(folder, 'link'))).toBe('a/run')
  expect(statSync(join(folder, 'empty')).size).toBe(0)
})

test('refuses an entry that would leave the folder', async () => {
  const archive = makeZip([{ name: '../outside', content: Buffer.from('x'), mode: 0o100644 }])
  await expect(unzip(archive, makeFolder())).rejects.toThrow('leaves its folder')
})

test('refuses what is no archive, or ends too early', async () => {
  const path = join(makeFolder(), 'x.zip')
  writeFileSync(path, 'not an archive')
  await expect(unzip(path, makeFolder())).rejects.toThrow('not a zip archive')
  const whole = makeZip([{ name: 'a', content: Buffer.from('content'), mode: 0o100644, isStored: true }])
  const bytes = readFileSync(whole)
  // The directory says that the entry is longer than the file is.
  bytes.writeUInt32LE(1_000_000, bytes.length - 22 - 47 + 20)
  writeFileSync(whole, bytes)
  await expect(unzip(whole, makeFolder())).rejects.toThrow('ends too early')
})
