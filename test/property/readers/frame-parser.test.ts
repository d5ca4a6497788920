import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import { buildFrame, HEAD_BYTES, LONGEST_LENGTH } from '../../../src-main/backend/readers/frame.ts'

const PATTERN = [0xaa, 0xaa, 0xaa, 0x96, 0x69]

/** Bodies that like to hold what looks like the beginning of a frame. */
const body = fc
  .array(
    fc.oneof(
      fc.constant(PATTERN),
      fc.uint8Array({ maxLength: 40 }).map((each) => [...each]),
    ),
    {
      maxLength: 12,
    },
  )
  .map((parts) => Uint8Array.of(0, 0, 0x90, ...parts.flat()))

/** Noise that begins no frame: it may hold 96 and AA, but never the whole preamble. */
const noise = fc
  .array(fc.constantFrom(0xaa, 0x96, 0x00, 0xff, 0x13), { maxLength: 30 })
  .filter((bytes) => !Buffer.from(bytes).includes(Buffer.from(PATTERN.slice(2))))
  .map((bytes) => Uint8Array.from(bytes))

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Pushes bytes in pieces that end at the cuts. */
function pushCut(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const parser = createFrameParser()
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b)
  let at = 0
  return [...ends, bytes.length].flatMap((end) => {
    const piece = bytes.subarray(at, end)
    at = end
    return parser.push(piece)
  })
}

test('frames with noise between them come out whole and in order, wherever they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(noise, body), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 5_000 }), { maxLength: 40 }),
      (frames, cuts) => {
        const bytes = joined(frames.flatMap(([before, each]) => [before, buildFrame(each)]))
        expect(pushCut(bytes, cuts)).toEqual(frames.map(([, each]) => each))
      },
    ),
    { numRuns: 400 },
  )
})

test('stray AA before a frame cost nothing', () => {
  fc.assert(
    fc.property(body, fc.nat({ max: 50 }), (each, count) => {
      const bytes = joined([new Uint8Array(count).fill(0xaa), buildFrame(each)])
      expect(createFrameParser().push(bytes)).toEqual([each])
    }),
  )
})

test('a frame with one wrong byte is never taken for a good one', () => {
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 255 }), (each, at, flip) => {
      const frame = buildFrame(each)
      const index = at % frame.length
      frame[index] = (frame[index] ?? 0) ^ flip
      const found = createFrameParser().push(frame)
      // A pattern inside the body may begin a frame of its own by accident; it is not this one.
      for (const other of found) expect(other).not.toEqual(each)
    }),
  )
})

test('a broken frame does not hide the good one behind it', () => {
  fc.assert(
    fc.property(
      body.filter((each) => !Buffer.from(each).includes(Buffer.from(PATTERN))),
      body,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (broken, good, at, flip) => {
        const bytes = buildFrame(broken)
        // The check byte or the body: a changed length may rightly wait for more.
        const index = HEAD_BYTES + (at % (bytes.length - HEAD_BYTES))
        bytes[index] = (bytes[index] ?? 0) ^ flip
        expect(
          createFrameParser()
            .push(joined([bytes, buildFrame(good)]))
            .at(-1),
        ).toEqual(good)
      },
    ),
  )
})

test('lengths out of bounds are rejected at once', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: LONGEST_LENGTH + 1, max: 0xffff })),
      body,
      (length, good) => {
        const head = Uint8Array.of(...PATTERN, length >> 8, length & 0xff)
        const parser = createFrameParser()
        expect(parser.push(joined([head, buildFrame(good)]))).toEqual([good])
        expect(parser.waitingBytes()).toBe(0)
      },
    ),
  )
})
