import { closeSync, createWriteStream, fstatSync, mkdirSync, openSync, readSync, symlinkSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

type Entry = {
  readonly name: string
  readonly method: number
  readonly compressedSize: number
  readonly headerOffset: number
  /** POSIX mode, 0 where the archive was not made on POSIX. */
  readonly mode: number
}

const endRecordSignature = 0x06054b50
const entrySignature = 0x02014b50
const endRecordSize = 22
const longestComment = 65_535
const chunkSize = 1 << 20
const symbolicLink = 0o120000
const fileTypeMask = 0o170000

/**
 * Unpacks a zip archive (stored or deflated entries, below 4 GiB) with modes and symbolic links.
 * Our own, because a bare machine need not have `unzip` and an archive this large must not pass through memory.
 *
 * @throws {Error} on a damaged archive, an unknown compression method or an entry that would leave `folder`
 */
export async function unzip(archive: string, folder: string): Promise<void> {
  const file = openSync(archive, 'r')
  try {
    for (const entry of readDirectory(file)) {
      const target = join(folder, entry.name)
      if (!target.startsWith(folder + sep)) throw new Error(`zip entry leaves its folder: ${entry.name}`)
      if (entry.name.endsWith('/')) {
        mkdirSync(target, { recursive: true })
        continue
      }
      mkdirSync(dirname(target), { recursive: true })
      await writeEntry(file, entry, target)
    }
  } finally {
    closeSync(file)
  }
}

function readDirectory(file: number): Entry[] {
  const size = fstatSync(file).size
  const tailStart = Math.max(0, size - endRecordSize - longestComment)
  const tail = readBytes(file, tailStart, size - tailStart)
  let end = tail.length - endRecordSize
  while (end >= 0 && tail.readUInt32LE(end) !== endRecordSignature) end -= 1
  if (end < 0) throw new Error('not a zip archive')
  const count = tail.readUInt16LE(end + 10)
  const directory = readBytes(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))

  const entries: Entry[] = []
  let at = 0
  for (let index = 0; index < count; index += 1) {
    if (directory.readUInt32LE(at) !== entrySignature) throw new Error('damaged zip directory')
    const nameLength = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      headerOffset: directory.readUInt32LE(at + 42),
      mode: directory.readUInt32LE(at + 38) >>> 16,
    })
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

async function writeEntry(file: number, entry: Entry, target: string): Promise<void> {
  // Name and extra field lengths of the local header differ from those of the directory.
  const header = readBytes(file, entry.headerOffset, 30)
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = Readable.from(chunks(file, start, entry.compressedSize))
  if ((entry.mode & fileTypeMask) === symbolicLink) {
    const pieces: Buffer[] = []
    for await (const piece of entry.method === 0 ? packed : packed.pipe(createInflateRaw())) {
      pieces.push(Buffer.from(piece as Uint8Array))
    }
    symlinkSync(Buffer.concat(pieces).toString('utf8'), target)
    return
  }
  const permissions = entry.mode & 0o777
  const output = createWriteStream(target, { mode: permissions === 0 ? 0o644 : permissions })
  if (entry.method === 0) await pipeline(packed, output)
  else if (entry.method === 8) await pipeline(packed, createInflateRaw(), output)
  else throw new Error(`zip entry ${entry.name} is packed by an unknown method ${entry.method}`)
}

function* chunks(file: number, start: number, length: number): Generator<Buffer> {
  for (let done = 0; done < length; done += chunkSize) {
    yield readBytes(file, start + done, Math.min(chunkSize, length - done))
  }
}

function readBytes(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  if (readSync(file, buffer, 0, length, position) !== length) throw new Error('zip archive ends too early')
  return buffer
}
