import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pngOfScreen } from '../../../tools/system/screen-picture.ts'

/** A dump as Xvfb writes it: header words, a window name, two colours, then pixels blue-green-red-unused. */
function makeDump(bitsPerPixel = 32): Buffer {
  const headerSize = 100 + 4
  const header = Buffer.alloc(headerSize)
  const words = new Map([
    [0, headerSize],
    [1, 7],
    [2, 2],
    [3, 24],
    [4, 2],
    [5, 1],
    [7, 0],
    [11, bitsPerPixel],
    [12, 8],
    [19, 2],
  ])
  for (const [index, value] of words) header.writeUInt32BE(value, index * 4)
  const pixels = Buffer.from([0x33, 0x22, 0x11, 0xff, 0x66, 0x55, 0x44, 0x00])
  return Buffer.concat([header, Buffer.alloc(2 * 12), pixels])
}

test('turns a dump into a PNG of the same pixels', () => {
  const png = pngOfScreen(makeDump())
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n')
  expect(png.readUInt32BE(16)).toBe(2)
  expect(png.readUInt32BE(20)).toBe(1)
  const start = png.indexOf('IDAT')
  const lines = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)))
  expect([...lines]).toEqual([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66])
})

test('refuses a layout it does not know', () => {
  expect(() => pngOfScreen(makeDump(16))).toThrow('unknown layout')
})
