import { deflateSync, crc32 } from 'node:zlib'

/**
 * Turns a screen dump in XWD form (what Xvfb keeps its screen in) into a PNG, so that a screenshot needs no program
 * that a bare machine lacks. Handles the one layout our Xvfb makes: 32 bits a pixel, true colour, little-endian.
 *
 * Source of the header: XWDFile.h of the X Window System, version 7, big-endian words.
 *
 * @throws {Error} on any other layout
 */
export function pngOfScreen(dump: Buffer): Buffer {
  const word = (index: number): number => dump.readUInt32BE(index * 4)
  const headerSize = word(0)
  const [version, depth, width, height] = [word(1), word(3), word(4), word(5)]
  const [byteOrder, bitsPerPixel, bytesPerLine, colours] = [word(7), word(11), word(12), word(19)]
  if (version !== 7 || depth !== 24 || bitsPerPixel !== 32 || byteOrder !== 0) {
    throw new Error(
      `screen dump of an unknown layout: version ${version}, ${bitsPerPixel} bits, order ${byteOrder}`,
    )
  }
  const pixelStart = headerSize + colours * 12
  const lines = Buffer.alloc(height * (1 + width * 3))
  let at = 0
  for (let y = 0; y < height; y += 1) {
    lines[at] = 0
    at += 1
    for (let x = 0; x < width; x += 1) {
      const pixel = dump.readUInt32LE(pixelStart + y * bytesPerLine + x * 4)
      lines.writeUIntBE(pixel & 0xffffff, at, 3)
      at += 3
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a channel, red-green-blue, the only compression, filter and order there are.
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(lines)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
