import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createNativeModules } from '../../../src-main/backend/readers/transports/native-modules.ts'
import type { ReaderSettings } from '../../../src-shared/readers/reader-types.ts'
import { makeCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import {
  createSimulatedReader,
  type ReaderManners,
  type SimulatedReader,
} from '../../../tools/reader-simulator/simulated-reader.ts'
import { openPty, serveTcp, type SimulatorLine } from '../../../tools/reader-simulator/simulator-lines.ts'
import { makeBackend, makeFolder, refusalOf } from '../../support/backend-fixture.ts'
import { startReaderWorld, type ReaderWorld } from '../../support/reader-world.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

type Played = { readonly reader: SimulatedReader; readonly line: SimulatorLine }

async function playReader(manners: Partial<ReaderManners> = {}, seed = 1): Promise<Played> {
  const reader = createSimulatedReader(manners, seed)
  const line = await serveTcp(reader)
  ends.push(line.close)
  return { reader, line }
}

/** A real serial port of this machine that leads to the played reader. */
async function playSerialReader(manners: Partial<ReaderManners> = {}): Promise<Played> {
  const { reader, line } = await playReader(manners)
  const folder = makeFolder()
  ends.push(folder.remove)
  const pty = await openPty(line.path, join(folder.path, 'ttyCARD'))
  ends.push(pty.close)
  return { reader, line: pty }
}

function startWorld(
  port: string,
  settings: Partial<ReaderSettings> = {},
  options: Parameters<typeof startReaderWorld>[1] = {},
): ReaderWorld {
  const world = startReaderWorld({ kind: 'serial', port, ...settings }, options)
  ends.push(world.service.stop)
  return world
}

const isReady = (world: ReaderWorld) => (): boolean => world.service.status().state === 'ready'

for (const [name, manners] of [
  ['whole answers in one chunk', { pieces: 1 }],
  ['answers in twenty chunks', { pieces: 20, pauseMs: 1 }],
] as const) {
  test.runIf(process.platform === 'linux')(
    `a real serial port, ${name}: cards of all four kinds`,
    async () => {
      const { reader, line } = await playSerialReader(manners)
      const world = startWorld(line.path)
      await world.until(isReady(world), 'the reader')
      expect(world.service.status().readers).toEqual([
        expect.objectContaining({ label: line.path, samId: '05.01-20200101-0001234567-0987654321' }),
      ])
      const people = [0, 5, 6, 7].map(getPerson)
      for (const [index, person] of people.entries()) {
        reader.putOn(makeCard(person))
        await world.until(() => world.cards.length > index, `card ${index}`)
      }
      expect(world.cards.map((card) => [card.kind, card.documentNumber])).toEqual(
        people.map((person) => [person.kind, person.documentNumber]),
      )
      expect(world.cards[0]).toMatchObject({
        readerLabel: line.path,
        photo: { state: 'missing', message: '本机未安装相片解码组件' },
      })
    },
  )
}

test.runIf(process.platform === 'linux')(
  'a real serial port: unplugged in the middle of a read, and back: the card is read, once',
  async () => {
    const { reader, line } = await playSerialReader({ pieces: 20, pauseMs: 5 })
    const world = startWorld(line.path)
    await world.until(isReady(world), 'the reader')
    let unplugging: Promise<void> | undefined
    reader.onCommand((command) => {
      if (command === 'readCard')
        unplugging ??= new Promise((resolve) => setTimeout(resolve, 25)).then(line.unplug)
    })
    reader.putOn(makeCard(getPerson(1)))
    await world.until(() => unplugging !== undefined, 'the read')
    await world.until(() => world.service.status().state === 'absent', 'the loss')
    const notices = world.statuses.map((status) => status.notice)
    expect(notices).toContainEqual(expect.stringMatching(/已断开,插好后自动恢复,录入可以继续/))
    expect(world.cards).toEqual([])
    await unplugging
    await line.plug()
    // A new plug: what the reader remembers of its card is gone with its current.
    reader.putOn(makeCard(getPerson(1)))
    await world.until(() => world.cards.length === 1, 'the card')
    expect(isReady(world)()).toBe(true)
    expect(world.service.status().notice).toBeNull()
  },
)

for (const habit of ['quiet', 'repeating'] as const) {
  test(`fifty cards in a row, ${habit} reader, with noise, wrong sums and slow chunks: none lost, none doubled`, async () => {
    const { reader, line } = await playReader(
      { habit, pieces: 7, pauseMs: 0, noiseShare: 0.2, wrongSumShare: 0.03 },
      habit === 'quiet' ? 11 : 12,
    )
    const world = startWorld(line.path, {}, { pollMs: 5 })
    await world.until(isReady(world), 'the reader')
    for (let index = 0; index < 50; index += 1) {
      reader.putOn(makeCard(getPerson(index)))
      await world.until(() => world.cards.length > index, `card ${index}`)
      // Half of them are lifted before the next one; the others are pushed away by it.
      if (index % 2 === 0) {
        reader.takeAway()
        await new Promise((resolve) => setTimeout(resolve, 12))
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(world.cards.map((card) => card.documentNumber)).toEqual(
      Array.from({ length: 50 }, (_, index) => getPerson(index).documentNumber),
    )
    expect(new Set(world.cards.map((card) => card.id)).size).toBe(50)
  }, 60_000)
}

test('two readers at once: each has its cards, and one that is gone leaves the other alone', async () => {
  const left = await playReader()
  const right = await playReader()
  const world = startWorld(`${left.line.path};${right.line.path}`)
  await world.until(() => world.service.status().readers.every((each) => each.state === 'ready'), 'both')
  left.reader.putOn(makeCard(getPerson(1)))
  right.reader.putOn(makeCard(getPerson(2)))
  await world.until(() => world.cards.length === 2, 'both cards')
  expect(new Set(world.cards.map((card) => card.readerLabel))).toEqual(
    new Set([left.line.path, right.line.path]),
  )
  await left.line.unplug()
  await world.until(() => world.service.status().notice?.includes(left.line.path) === true, 'the notice')
  expect(world.service.status().state).toBe('ready')
  right.reader.putOn(makeCard(getPerson(3)))
  await world.until(() => world.cards.length === 3, 'the next card')
  await left.line.plug()
  await world.until(
    () => world.service.status().readers.every((each) => each.state === 'ready'),
    'both again',
  )
})

test('a reader that is killed and comes back goes on, and settings name another port', async () => {
  const first = await playReader()
  const second = await playReader()
  const world = startWorld(first.line.path)
  await world.until(isReady(world), 'the reader')
  await first.line.unplug()
  await world.until(() => world.service.status().state === 'absent', 'the loss')
  await first.line.plug()
  await world.until(isReady(world), 'the reader again')
  first.reader.putOn(makeCard(getPerson(1)))
  await world.until(() => world.cards.length === 1, 'the card')

  await world.change({ port: second.line.path })
  await world.until(() => isReady(world)() && world.service.status().readers[0]?.label === second.line.path)
  second.reader.putOn(makeCard(getPerson(2)))
  await world.until(() => world.cards.length === 2, 'the card of the other port')
  await world.change({ kind: 'none' })
  expect(world.service.status()).toEqual({ state: 'off', notice: null, readers: [] })
})

test('a port that is not there yet is waited for', async () => {
  const { reader, line } = await playReader()
  await line.unplug()
  const world = startWorld(line.path)
  await world.until(() => world.service.status().notice !== null, 'the notice')
  expect(world.service.status().state).toBe('absent')
  expect(world.service.status().notice).toMatch(/^找不到读卡器 .*检查连线/)
  await line.plug()
  await world.until(isReady(world), 'the reader')
  reader.putOn(makeCard(getPerson(1)))
  await world.until(() => world.cards.length === 1, 'the card')
})

test('a dead reader says so and recovers', async () => {
  const { reader, line } = await playReader({ isDead: true })
  const world = startWorld(line.path)
  await world.until(() => world.service.status().state === 'fault', 'the notice')
  expect(world.service.status().notice).toMatch(/没有读卡器应答/)
  reader.behave({ isDead: false })
  await world.until(isReady(world), 'the reader')
})

test('problems of cards are notices: a forged one fills nothing, an unknown kind says so', async () => {
  const { reader, line } = await playReader()
  const world = startWorld(line.path)
  await world.until(isReady(world), 'the reader')
  reader.fail(0x33, 'readCard')
  reader.putOn(makeCard(getPerson(1)))
  await world.until(() => world.service.status().notice?.includes('可能是伪造') === true, 'the doubt')
  reader.takeAway()
  await new Promise((resolve) => setTimeout(resolve, 100))
  reader.putOn(makeCard(getPerson(2), { 248: 'Q' }))
  await world.until(() => world.service.status().notice?.includes('不认识的证件类型') === true, 'the notice')
  expect(world.cards).toEqual([])
  reader.putOn(makeCard(getPerson(3)))
  await world.until(() => world.cards.length === 1, 'the card')
  expect(world.service.status().notice).toBeNull()
})

test('F2 without auto-read: waits for a card, and says when none comes or no reader is there', async () => {
  const { reader, line } = await playReader()
  const world = startWorld(line.path, { autoRead: false })
  await world.until(isReady(world), 'the reader')
  reader.putOn(makeCard(getPerson(1)))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(world.cards).toEqual([])
  expect(await world.service.readNow()).toEqual({ isRead: true, message: '' })
  expect(world.cards).toHaveLength(1)
  expect(await world.service.readNow()).toEqual({ isRead: true, message: '' })
  expect(world.cards).toHaveLength(2)
  reader.takeAway()
  expect(await world.service.readNow()).toEqual({
    isRead: false,
    message: '没有找到证件,请把证件放在读卡器上,再按 F2。',
  })
  reader.fail(0x32, 'readCard')
  reader.putOn(makeCard(getPerson(2)))
  expect((await world.service.readNow()).message).toMatch(/可能是伪造/)
  await line.unplug()
  await world.until(() => world.service.status().state === 'absent', 'the loss')
  expect((await world.service.readNow()).message).toMatch(/插好后自动恢复|检查连线/)
})

test('测试读卡: over the open line, at a port of its own, and where nobody is', async () => {
  const { reader, line } = await playReader()
  const other = await playReader()
  const world = startWorld(line.path)
  await world.until(isReady(world), 'the reader')
  const settings = (port: string): ReaderSettings => ({
    kind: 'serial',
    port,
    profile: '',
    autoRead: true,
    playsSound: false,
    photoDecoder: 'none',
    photoProgram: '',
    photoLimitSeconds: 5,
  })
  const samId = '05.01-20200101-0001234567-0987654321'
  const tested = await world.service.test(settings(line.path))
  expect(tested).toMatchObject({ isGood: true, samId, label: line.path, card: null })
  expect(tested.message).toContain(samId)
  reader.putOn(makeCard(getPerson(0)))
  await world.until(() => world.cards.length === 1, 'the card')
  const { card } = await world.service.test(settings(line.path))
  expect(card).toMatch(/^居民身份证 .\*+ \d{6}\*{10}\d[\dX]$/)

  other.reader.putOn(makeCard(getPerson(6)))
  expect(await world.service.test(settings(other.line.path))).toMatchObject({
    isGood: true,
    samId,
    card: expect.stringContaining('外国人永久居留身份证(2017版)') as string,
  })
  await other.line.unplug()
  expect(await world.service.test(settings(other.line.path))).toMatchObject({ isGood: false })
  expect((await world.service.test(settings('tcp://10.1.2.3:5460'))).message).toContain('只能是本机地址')
  expect(await world.service.test({ ...settings(''), kind: 'none' })).toMatchObject({ isGood: false })
  // The open line was not disturbed.
  expect(world.cards).toHaveLength(1)
  expect(isReady(world)()).toBe(true)
})

test('the raw log holds frames and nothing of a person', async () => {
  const { reader, line } = await playReader({ noiseShare: 1 })
  const world = startWorld(line.path)
  await world.until(isReady(world), 'the reader')
  const card = makeCard(getPerson(9))
  reader.putOn(card)
  await world.until(() => world.cards.length === 1, 'the card')
  const text = world.service
    .rawLog()
    .map((each) => `${each.direction} ${each.text}`)
    .join('\n')
  expect(text).toContain('out AA AA AA 96 69 00 03 30 01 32 读文字和相片')
  expect(text).toContain('(1284 字节已隐去)')
  // A reader that waits fills no log.
  const before = world.service.rawLog().length
  reader.behave({ noiseShare: 0 })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(world.service.rawLog().length - before).toBeLessThan(6)
  const hex = Buffer.from(card.text)
    .toString('hex')
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, '$1 ')
  for (const [start, end] of [
    [0, 12],
    [122 * 3, 122 * 3 + 24],
    [52 * 3, 52 * 3 + 24],
  ] as const) {
    expect(text).not.toContain(hex.slice(start, end))
  }
  expect(world.log.join('\n')).not.toContain(card.fields.documentNumber)
})

test('the backend answers for its readers, and tells what they say', async () => {
  const { reader, line } = await playReader()
  const fixture = await makeBackend()
  ends.push(fixture.remove)
  const { backend, events } = fixture
  const { settings } = await backend.call('app.state', {})
  expect(settings.reader).toMatchObject({ kind: 'auto', autoRead: true, photoDecoder: 'none' })
  const chosen = { ...settings.reader, kind: 'serial', port: line.path } as const
  await backend.call('settings.save', { settings: { ...settings, reader: chosen } })
  reader.putOn(makeCard(getPerson(8)))
  // The first F2 starts the service where the start itself has not yet.
  await backend.call('reader.readNow', {})
  const limit = performance.now() + 10_000
  const cardOf = () => events.find((message) => message.event === 'reader.card')
  while (!cardOf() && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(cardOf()?.payload).toMatchObject({ documentNumber: getPerson(8).documentNumber })
  expect(await backend.call('reader.state', {})).toMatchObject({ state: 'ready' })
  expect(await backend.call('reader.test', { reader: chosen })).toMatchObject({ isGood: true })
  expect((await backend.call('reader.log', {})).lines.length).toBeGreaterThan(4)
  const { profiles } = await backend.call('reader.list', {})
  expect(profiles.map((profile) => profile.isVerified)).not.toContain(true)
  expect((await refusalOf(backend, 'reader.unknown', {})).code).toBe('invalidInput')
})

test('other kinds of reader go on where a module cannot be loaded', async () => {
  const cannotLoad = () => Promise.reject(new Error('cannot open shared object file'))
  const { reader, line } = await playReader()
  const modules = createNativeModules({ serial: cannotLoad, hid: cannotLoad, usb: cannotLoad })
  const world = startWorld(line.path, {}, { modules })
  await world.until(isReady(world), 'the reader')
  reader.putOn(makeCard(getPerson(1)))
  await world.until(() => world.cards.length === 1, 'the card')
  await world.change({ kind: 'usb', port: '' })
  await world.until(() => world.service.status().notice !== null, 'the notice')
  expect(world.service.status()).toMatchObject({
    state: 'absent',
    notice: '本机不能使用 USB 读卡器:驱动组件没有装好,请重新安装居服通。',
  })
})
