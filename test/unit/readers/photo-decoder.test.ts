import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'jpeg-js'
import { afterAll, expect, test } from 'vitest'
import { bitmapToJpeg } from '../../../src-main/backend/readers/bitmap.ts'
import { createPhotoDecoder } from '../../../src-main/backend/readers/photo-decoder.ts'
import { MAX_BLOB_BYTES } from '../../../src-shared/contract/blob-messages.ts'
import { isWholeJpeg } from '../../../src-shared/values/jpeg.ts'
import { makeFolder } from '../../support/backend-fixture.ts'

const folder = makeFolder()
afterAll(folder.remove)
const wlt = Uint8Array.of(0x57, 0x4c, 0x66, 0x00, ...new Uint8Array(1_020))

/** A bitmap whose pixels come from a function, bottom row first as most are. */
function makeBitmap(
  width: number,
  height: number,
  bits: 8 | 24 | 32,
  colour: (x: number, y: number) => readonly [red: number, green: number, blue: number],
): Uint8Array {
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  const paletteBytes = bits === 8 ? 1_024 : 0
  const bytes = new Uint8Array(54 + paletteBytes + rowBytes * height)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x4d42, true)
  view.setUint32(10, 54 + paletteBytes, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, height, true)
  view.setUint16(26, 1, true)
  view.setUint16(28, bits, true)
  for (let grey = 0; grey < paletteBytes / 4; grey += 1) bytes.fill(grey, 54 + grey * 4, 57 + grey * 4)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = 54 + paletteBytes + (height - 1 - y) * rowBytes + (x * bits) / 8
      const [red, green, blue] = colour(x, y)
      if (bits === 8) bytes[at] = red
      else bytes.set([blue, green, red], at)
    }
  }
  return bytes
}

/** The red top and blue bottom of a card photo's size. */
const flag = (bits: 8 | 24 | 32) =>
  makeBitmap(102, 126, bits, (_x, y) => (y < 63 ? [220, 10, 10] : [10, 10, 220]))

function program(name: string, source: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, `#!${process.execPath}\n${source}`)
  chmodSync(path, 0o755)
  return path
}

function decoderOf(photoProgram: string, photoLimitSeconds = 5) {
  const decoder = createPhotoDecoder({ photoDecoder: 'external', photoProgram, photoLimitSeconds })
  if (decoder.kind !== 'external') throw new Error('none')
  return decoder
}

test('bitmaps of 24, 32 and 8 bits become JPEG the right way up', () => {
  for (const bits of [24, 32] as const) {
    const jpeg = bitmapToJpeg(flag(bits))
    if (!jpeg) throw new Error('no picture')
    expect(isWholeJpeg(jpeg)).toBe(true)
    const { width, height, data } = decode(jpeg)
    expect([width, height]).toEqual([102, 126])
    expect(data[0]).toBeGreaterThan(180)
    expect(data[data.length - 4]).toBeLessThan(60)
    expect(data[data.length - 2]).toBeGreaterThan(180)
  }
  const grey = bitmapToJpeg(makeBitmap(30, 20, 8, (_x, y) => (y < 10 ? [200, 0, 0] : [20, 0, 0])))
  expect(decode(grey ?? new Uint8Array()).data[0]).toBeGreaterThan(180)
})

test('a large picture fits the photo store, and what is no bitmap gives none', () => {
  const noisy = makeBitmap(700, 700, 24, (x, y) => [(x * 7919) & 255, (y * 104_729) & 255, (x * y) & 255])
  expect(bitmapToJpeg(noisy)?.length ?? 0).toBeLessThanOrEqual(MAX_BLOB_BYTES)
  const whole = flag(24)
  for (const broken of [
    new Uint8Array(),
    Uint8Array.of(0x42, 0x4d),
    whole.subarray(0, 1_000),
    whole.map((byte, at) => (at === 28 ? 4 : byte)),
    whole.map((byte, at) => (at === 30 ? 1 : byte)),
    whole.map((byte, at) => (at >= 18 && at < 22 ? 0xff : byte)),
    new TextEncoder().encode('<html>'.repeat(100)),
  ]) {
    expect(bitmapToJpeg(broken)).toBeUndefined()
  }
})

test('none is the default, and says so', () => {
  for (const settings of [
    { photoDecoder: 'none', photoProgram: '/x', photoLimitSeconds: 5 },
    { photoDecoder: 'external', photoProgram: '', photoLimitSeconds: 5 },
  ] as const) {
    expect(createPhotoDecoder(settings)).toEqual({ kind: 'none', message: '本机未安装相片解码组件' })
  }
})

test('an external program is given a file and gives a picture; nothing of it stays on the disk', async () => {
  writeFileSync(join(folder.path, 'flag.bmp'), flag(24))
  const good = program(
    'good.cjs',
    `const { copyFileSync, readFileSync } = require('node:fs')
     const [source, target] = process.argv.slice(2)
     if (readFileSync(source).subarray(0, 3).toString('latin1') !== 'WLf') process.exit(3)
     copyFileSync(${JSON.stringify(join(folder.path, 'flag.bmp'))}, target)`,
  )
  const decoded = await decoderOf(good).decode(wlt)
  expect(decoded.ok && isWholeJpeg(decoded.jpeg)).toBe(true)
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('jufutong-photo-'))).toEqual([])
})

test('a program that crashes, hangs, gives nothing or rubbish, or is not there is harmless', async () => {
  const cases = [
    [program('crash.cjs', 'process.kill(process.pid, "SIGSEGV")'), /ended with SIG/],
    [program('refuse.cjs', 'process.exit(7)'), /ended with 7/],
    [program('nothing.cjs', ''), /Error/],
    [
      program('rubbish.cjs', 'require("node:fs").writeFileSync(process.argv[3], "rubbish".repeat(1000))'),
      /no bitmap/,
    ],
    [
      program('huge.cjs', 'require("node:fs").writeFileSync(process.argv[3], Buffer.alloc(5e6))'),
      /5000000 bytes/,
    ],
    [join(folder.path, 'absent'), /ENOENT/],
    ['relative-name', /absolute/],
  ] as const
  for (const [path, reason] of cases) {
    const decoded = await decoderOf(path).decode(wlt)
    expect(decoded).toMatchObject({ ok: false, reason: expect.stringMatching(reason) as string })
    expect(decoded.ok ? '' : decoded.message).toContain('首选项')
  }
  const marker = join(folder.path, 'still-running')
  const hang = program(
    'hang.cjs',
    `setTimeout(() => require('node:fs').writeFileSync(${JSON.stringify(marker)}, ''), 1500)`,
  )
  const decoded = await decoderOf(hang, 0.3).decode(wlt)
  expect(decoded).toMatchObject({ ok: false, reason: 'time limit' })
  await new Promise((resolve) => setTimeout(resolve, 1_600))
  expect(existsSync(marker)).toBe(false)
})
