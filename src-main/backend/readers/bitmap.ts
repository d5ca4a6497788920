import { encode } from 'jpeg-js'
import { MAX_BLOB_BYTES } from '../../../src-shared/contract/blob-messages.ts'

/** Larger pictures than a decoder of card photos gives (102×126) are refused. */
const LONGEST_SIDE = 1_024

type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array }

/** An uncompressed BMP of 8, 24 or 32 bits as JPEG of at most 200 KiB; undefined when the bytes are none. */
export function bitmapToJpeg(bytes: Uint8Array): Uint8Array | undefined {
  const picture = readBitmap(bytes)
  if (!picture) return undefined
  for (const quality of [92, 80, 60, 40]) {
    const jpeg = encode(picture, quality).data
    if (jpeg.length <= MAX_BLOB_BYTES) return jpeg
  }
  return undefined
}

/** The pixels (RGBA, top row first) of a bitmap with a BITMAPINFOHEADER. */
function readBitmap(bytes: Uint8Array): Picture | undefined {
  if (bytes.length < 54 || bytes[0] !== 0x42 || bytes[1] !== 0x4d) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pixelsAt = view.getUint32(10, true)
  const headerBytes = view.getUint32(14, true)
  const width = view.getInt32(18, true)
  const signedHeight = view.getInt32(22, true)
  const bits = view.getUint16(28, true)
  const compression = view.getUint32(30, true)
  const height = Math.abs(signedHeight)
  const isPossible =
    headerBytes >= 40 &&
    width > 0 &&
    height > 0 &&
    width <= LONGEST_SIDE &&
    height <= LONGEST_SIDE &&
    compression === 0 &&
    (bits === 8 || bits === 24 || bits === 32)
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  if (!isPossible || pixelsAt + rowBytes * height > bytes.length) return undefined
  const paletteAt = 14 + headerBytes
  if (bits === 8 && paletteAt + 1_024 > bytes.length) return undefined

  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    // Bottom row first, unless the height is negative.
    const row = pixelsAt + (signedHeight > 0 ? height - 1 - y : y) * rowBytes
    for (let x = 0; x < width; x += 1) {
      const at = bits === 8 ? paletteAt + (bytes[row + x] ?? 0) * 4 : row + (x * bits) / 8
      const to = (y * width + x) * 4
      data[to] = bytes[at + 2] ?? 0
      data[to + 1] = bytes[at + 1] ?? 0
      data[to + 2] = bytes[at] ?? 0
      data[to + 3] = 255
    }
  }
  return { width, height, data }
}
