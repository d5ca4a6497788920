import { expect, test } from 'vitest'
import { buildRequest, type CommandName } from '../../../src-main/backend/readers/commands.ts'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import {
  ASK_MS,
  firstMachineState,
  SAME_CARD_MS,
  stepMachine,
  type MachineAct,
  type MachineState,
} from '../../../src-main/backend/readers/reader-machine.ts'
import { parseResponse } from '../../../src-main/backend/readers/response.ts'
import { makeCard, type SimulatedCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import {
  createSimulatedReader,
  type ReaderManners,
  type SimulatedReader,
} from '../../../tools/reader-simulator/simulated-reader.ts'

/** The machine against a played reader, without a clock: each turn is one poll with all that follows. */
type World = {
  readonly reader: SimulatedReader
  readonly turn: (options?: { isAutomatic?: boolean; afterMs?: number }) => Promise<readonly MachineAct[]>
  readonly ask: () => void
  readonly reset: () => void
  readonly state: () => MachineState
  /** Commands sent so far. */
  readonly sent: CommandName[]
}

function makeWorld(manners: Partial<ReaderManners> = {}): World {
  const reader = createSimulatedReader(manners)
  const parser = createFrameParser()
  const sent: CommandName[] = []
  let state = firstMachineState
  let at = 1_000
  let heard: ((body: Uint8Array) => void) | undefined
  reader.onSend((chunk) => {
    for (const body of parser.push(chunk)) heard?.(body)
  })

  async function exchange(command: CommandName): Promise<Uint8Array | undefined> {
    sent.push(command)
    const answer = new Promise<Uint8Array>((resolve) => {
      heard = resolve
    })
    reader.receive(buildRequest(command))
    return await Promise.race([
      answer,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 20)),
    ])
  }

  return {
    reader,
    sent,
    state: () => state,
    ask: () => {
      state = stepMachine(state, { type: 'ask', at }).state
    },
    reset: () => {
      state = stepMachine(state, { type: 'reset' }).state
    },
    turn: async ({ isAutomatic = true, afterMs = 200 } = {}) => {
      at += afterMs
      const told: MachineAct[] = []
      let step = stepMachine(state, { type: 'poll', at, isAutomatic })
      for (;;) {
        state = step.state
        const sending = step.acts.find((act) => act.do === 'send')
        told.push(...step.acts.filter((act) => act.do !== 'send' && act.do !== 'tellWell'))
        if (!sending) return told
        const body = await exchange(sending.command)
        const response = body && parseResponse(body)
        step = response
          ? stepMachine(state, { type: 'answer', at, command: sending.command, response })
          : stepMachine(state, { type: 'silence', at, command: sending.command })
      }
    },
  }
}

const first = makeCard(getPerson(0))
const second = makeCard(getPerson(1))

function textsOf(acts: readonly MachineAct[]): readonly string[] {
  return acts.flatMap((act) => (act.do === 'tellCard' ? [Buffer.from(act.content.text).toString('hex')] : []))
}

function textOf(card: SimulatedCard): string {
  return Buffer.from(card.text).toString('hex')
}

for (const habit of ['quiet', 'repeating'] as const) {
  for (const knowsAddresses of [true, false]) {
    test(`${habit} reader, 30 03 ${knowsAddresses ? 'known' : 'unknown'}: a card is one event however long it lies`, async () => {
      const world = makeWorld({ habit, knowsAddresses })
      expect(await world.turn()).toEqual([])
      world.reader.putOn(first)
      expect(textsOf(await world.turn())).toEqual([textOf(first)])
      for (let turn = 0; turn < 30; turn += 1) expect(await world.turn()).toEqual([])
      world.reader.takeAway()
      expect(await world.turn()).toEqual([])
      expect(await world.turn()).toEqual([])
      world.reader.putOn(second)
      // Where find is all there is, a reader that goes on answering 9F cannot tell before it has said 80 once.
      expect(textsOf([...(await world.turn()), ...(await world.turn())])).toEqual([textOf(second)])
    })
  }

  test(`${habit} reader: a card changed between two polls is a new event at once`, async () => {
    const world = makeWorld({ habit })
    world.reader.putOn(first)
    await world.turn()
    world.reader.putOn(second)
    expect(textsOf(await world.turn())).toEqual([textOf(second)])
  })

  test(`${habit} reader: the same card lifted and put on again within a moment is one event, later it is two`, async () => {
    const world = makeWorld({ habit })
    world.reader.putOn(first)
    expect(textsOf(await world.turn())).toHaveLength(1)
    world.reader.takeAway()
    await world.turn()
    world.reader.putOn(first)
    expect((await world.turn()).map((act) => act.do)).toEqual(['tellSame'])
    world.reader.takeAway()
    await world.turn()
    await world.turn({ afterMs: SAME_CARD_MS })
    world.reader.putOn(first)
    expect(textsOf(await world.turn())).toHaveLength(1)
  })
}

test('the course is find, select, read, address, and each is sent once', async () => {
  const world = makeWorld()
  world.reader.putOn(first)
  await world.turn()
  expect(world.sent).toEqual(['find', 'select', 'readCard', 'readAddress'])
  expect(world.state().phase).toBe('waitRemoval')
})

test('an address written later comes with the card', async () => {
  const world = makeWorld()
  const person = { ...getPerson(0), newestAddress: '测试市新测试街1号' }
  world.reader.putOn(makeCard(person))
  const [told] = await world.turn()
  expect(told?.do === 'tellCard' && told.addresses.length).toBe(1)
})

test('link errors are retried; a card that was moved is asked for again', async () => {
  const world = makeWorld()
  world.reader.putOn(first)
  world.reader.fail(0x10, 'readCard')
  world.reader.fail(0x24, 'select')
  expect(textsOf(await world.turn())).toEqual([textOf(first)])

  world.reader.putOn(second)
  world.reader.fail(0x41, 'readCard', 3)
  expect(await world.turn()).toEqual([
    expect.objectContaining({ do: 'tellProblem', action: 're-present', wasAsked: false }),
  ])
  expect(textsOf(await world.turn())).toEqual([textOf(second)])
})

test('a card that may be forged is said so once, fills nothing, and has to leave', async () => {
  const world = makeWorld({ habit: 'repeating' })
  world.reader.putOn(first)
  world.reader.fail(0x32, 'readCard', 1)
  expect(await world.turn()).toEqual([expect.objectContaining({ do: 'tellProblem', action: 'cardDoubtful' })])
  for (let turn = 0; turn < 5; turn += 1) expect(await world.turn()).toEqual([])
  world.reader.takeAway()
  await world.turn()
  world.reader.putOn(second)
  expect(textsOf(await world.turn())).toEqual([textOf(second)])
})

test('a broken content is no card', async () => {
  const world = makeWorld()
  const broken = { ...first, text: first.text.subarray(0, 200), photo: new Uint8Array(100) }
  world.reader.putOn(broken)
  expect(await world.turn()).toEqual([expect.objectContaining({ do: 'tellProblem', action: 're-present' })])
})

test('a reader that reports a fault, and one that is dead, say so', async () => {
  const world = makeWorld()
  world.reader.fail(0x66, 'find')
  expect(await world.turn()).toEqual([expect.objectContaining({ do: 'tellProblem', action: 'readerFault' })])
  world.reader.behave({ isDead: true })
  expect(await world.turn()).toEqual([])
  expect(await world.turn()).toEqual([])
  expect((await world.turn()).map((act) => act.do)).toEqual(['tellProblem', 'reopen'])
})

test('without auto-read nothing is sent until F2, which waits for a card', async () => {
  const world = makeWorld()
  world.reader.putOn(first)
  expect(await world.turn({ isAutomatic: false })).toEqual([])
  expect(world.sent).toEqual([])
  world.reader.takeAway()
  world.ask()
  expect(await world.turn({ isAutomatic: false })).toEqual([])
  world.reader.putOn(first)
  const [told] = await world.turn({ isAutomatic: false })
  expect(told).toMatchObject({ do: 'tellCard', wasAsked: true })
  world.sent.length = 0
  expect(await world.turn({ isAutomatic: false })).toEqual([])
  expect(world.sent).toEqual([])

  world.reader.takeAway()
  world.ask()
  await world.turn({ isAutomatic: false })
  expect(await world.turn({ isAutomatic: false, afterMs: ASK_MS + 1 })).toEqual([{ do: 'tellNoCard' }])
})

test('F2 tells a card that lies there again, though it was told before', async () => {
  for (const habit of ['quiet', 'repeating'] as const) {
    const world = makeWorld({ habit })
    world.reader.putOn(first)
    await world.turn()
    await world.turn()
    world.ask()
    const [told] = await world.turn()
    expect(told).toMatchObject({ do: 'tellCard', wasAsked: true })
    expect(await world.turn()).toEqual([])
  }
})

test('after the line was opened anew the card that lies there is not told twice', async () => {
  const world = makeWorld({ habit: 'repeating' })
  world.reader.putOn(first)
  await world.turn()
  world.reset()
  expect((await world.turn()).map((act) => act.do)).toEqual(['tellSame'])
})
