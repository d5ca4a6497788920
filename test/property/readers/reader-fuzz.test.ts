import { expect, test } from 'vitest'
import { parseCardText } from '../../../src-main/backend/readers/card-text.ts'
import { buildFrame, HEAD_BYTES, LONGEST_LENGTH } from '../../../src-main/backend/readers/frame.ts'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import { firstMachineState, stepMachine } from '../../../src-main/backend/readers/reader-machine.ts'
import { formatSamId, parseCardContent, parseResponse } from '../../../src-main/backend/readers/response.ts'
import { takeFromReport } from '../../../src-main/backend/readers/transports/hid-framing.ts'
import { hidProfiles } from '../../../src-main/backend/readers/transports/hid-profiles.ts'
import type { CommandName } from '../../../src-main/backend/readers/commands.ts'

/** Nothing that comes over a wire may throw, hang or grow. `JUFUTONG_SEED` repeats a run; `JUFUTONG_FUZZ` makes it longer. */
const seed = Number(process.env['JUFUTONG_SEED'] ?? 20_261_128)
const inputs = Number(process.env['JUFUTONG_FUZZ'] ?? 1_000_000)

/** xorshift32: a number for each call, the same for the same seed. */
function makeRandom(start: number): () => number {
  let state = start | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

const commandNames: readonly CommandName[] = ['find', 'select', 'readCard', 'readAddress']
const statuses = [0x10, 0x21, 0x31, 0x32, 0x40, 0x41, 0x60, 0x80, 0x81, 0x90, 0x91, 0x9f]
const headBytes = [0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x04, 0x10]

test(`${inputs.toLocaleString('en')} chunks of any bytes: nothing throws, hangs or grows (seed ${seed})`, () => {
  const random = makeRandom(seed)
  const parser = createFrameParser()
  const chunk = new Uint8Array(80)
  let state = firstMachineState
  let frames = 0
  let acts = 0
  let mostWaiting = 0
  const good = buildFrame(Uint8Array.of(0, 0, 0x9f, 0, 0, 0, 0))
  for (let input = 0; input < inputs; input += 1) {
    const dice = random() & 15
    // Any bytes; bytes that like to begin a frame; a piece of a good frame; a head with any length.
    let length = 1 + (random() % 24)
    if (dice < 6) for (let at = 0; at < length; at += 1) chunk[at] = random()
    else if (dice < 10) for (let at = 0; at < length; at += 1) chunk[at] = headBytes[random() & 7] ?? 0
    else if (dice < 14) {
      chunk.set(good)
      length = dice === 13 ? 1 + (random() % good.length) : good.length
    } else {
      chunk.set([0xaa, 0xaa, 0xaa, 0x96, 0x69, random() & 0x1f, random()])
      length = 7
    }
    if (dice === 15 && (random() & 63) === 0) parser.reset()
    for (const body of parser.push(chunk.subarray(0, length))) {
      frames += 1
      const response = parseResponse(body)
      if (!response) continue
      parseCardContent(response.data)
      formatSamId(response.data)
    }
    const waiting = parser.waitingBytes()
    if (waiting > mostWaiting) mostWaiting = waiting

    // The course of a reader, with answers in any order.
    const command = commandNames[random() & 3] ?? 'find'
    const status = statuses[random() % statuses.length] ?? 0x90
    const event = random() & 7
    const step =
      event === 0
        ? stepMachine(state, { type: 'poll', at: input, isAutomatic: (random() & 3) > 0 })
        : event === 1
          ? stepMachine(state, { type: 'ask', at: input })
          : event === 2
            ? stepMachine(state, { type: 'silence', at: input, command })
            : stepMachine(state, {
                type: 'answer',
                at: input,
                command,
                response: { status, data: chunk.subarray(0, length) },
              })
    state = step.state
    acts += step.acts.length
  }
  // Something came of it, and the parser never held more than one longest frame.
  expect(frames).toBeGreaterThan(inputs / 20)
  expect(acts).toBeGreaterThan(inputs / 10)
  expect(mostWaiting).toBeLessThanOrEqual(HEAD_BYTES + LONGEST_LENGTH)
})

test('any 256 bytes are a card or are not, and any report gives bytes or none', () => {
  const random = makeRandom(seed + 1)
  const block = new Uint8Array(256)
  let cards = 0
  for (let input = 0; input < 30_000; input += 1) {
    for (let at = 0; at < block.length; at += 1) block[at] = random()
    // Mostly one of the known kinds, so that the fields are read.
    if ((random() & 7) > 0) block.set([[0x20, 0x4a, 0x49, 0x59][random() & 3] ?? 0x20, 0], 248)
    const parsed = parseCardText(block, '2026-11-28')
    if (parsed.ok) cards += 1
    const report = block.subarray(0, random() % 65)
    for (const profile of hidProfiles) {
      expect(takeFromReport(profile, report).length).toBeLessThanOrEqual(report.length)
    }
  }
  expect(cards).toBeGreaterThan(20_000)
})
