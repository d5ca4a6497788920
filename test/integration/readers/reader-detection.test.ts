import { EventEmitter } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { findTargets } from '../../../src-main/backend/readers/find-targets.ts'
import { buildFrame } from '../../../src-main/backend/readers/frame.ts'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import { splitIntoReports, wrapAnswer } from '../../../src-main/backend/readers/transports/hid-framing.ts'
import { hidProfiles } from '../../../src-main/backend/readers/transports/hid-profiles.ts'
import {
  createNativeModules,
  type HidDeviceInfo,
  type ModuleImports,
  type OpenHidDevice,
  type SerialPortInfo,
} from '../../../src-main/backend/readers/transports/native-modules.ts'
import { makeCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import {
  createSimulatedReader,
  type SimulatedReader,
} from '../../../tools/reader-simulator/simulated-reader.ts'
import { startReaderWorld, type ReaderWorld } from '../../support/reader-world.ts'

/**
 * A computer whose ports and HID devices are played below the native modules: what is found by itself, taken out, put in
 * elsewhere, or held by another program.
 */
type Computer = {
  readonly imports: ModuleImports
  readonly readSign: () => string
  readonly plugSerial: (port: SerialPortInfo, reader: SimulatedReader, baudRate?: number) => void
  readonly plugHid: (path: string, reader: SimulatedReader) => void
  readonly unplug: (path: string) => void
  /** Another program has it open. */
  readonly hold: (path: string, error: string | null) => void
  /** Ports that were opened, with their rates. */
  readonly opened: string[]
}

const profile = hidProfiles.find((each) => each.framing === 'length')
if (!profile) throw new Error('no such profile')
const hidProfile = profile

function makeComputer(): Computer {
  const ports = new Map<string, { info: SerialPortInfo; reader: SimulatedReader; baudRate: number }>()
  const hids = new Map<string, SimulatedReader>()
  const open = new Map<string, () => void>()
  const held = new Map<string, string>()
  const opened: string[] = []
  let changes = 0

  class PlayedPort extends EventEmitter {
    isOpen = false
    readonly path: string
    readonly baudRate: number
    constructor(options: { readonly path: string; readonly baudRate: number }) {
      super()
      this.path = options.path
      this.baudRate = options.baudRate
    }
    static list(): Promise<readonly SerialPortInfo[]> {
      return Promise.resolve([...ports.values()].map(({ info }) => info))
    }
    open(done: (error: Error | null) => void): void {
      opened.push(`${this.path} ${this.baudRate}`)
      const port = ports.get(this.path)
      const error = held.get(this.path) ?? (port ? undefined : 'File not found')
      if (error !== undefined || !port) {
        done(new Error(error))
        return
      }
      this.isOpen = true
      if (port.baudRate === this.baudRate)
        port.reader.onSend((chunk) => this.emit('data', Buffer.from(chunk)))
      open.set(this.path, () => {
        this.isOpen = false
        this.emit('close', Object.assign(new Error('gone'), { disconnected: true }))
      })
      done(null)
    }
    write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
      const port = ports.get(this.path)
      if (port?.baudRate === this.baudRate) port.reader.receive(bytes)
      done(null)
      return true
    }
    flush(done: (error: Error | null) => void): void {
      done(null)
    }
    drain(done: (error: Error | null) => void): void {
      done(null)
    }
    close(done: (error: Error | null) => void): void {
      this.isOpen = false
      open.delete(this.path)
      done(null)
    }
  }

  function openHid(path: string): Promise<OpenHidDevice> {
    opened.push(path)
    const reader = hids.get(path)
    const error = held.get(path)
    if (!reader || error !== undefined) return Promise.reject(new Error(error ?? 'cannot open device'))
    const events = new EventEmitter()
    const parser = createFrameParser(3)
    reader.onSend((frame) => {
      for (const report of wrapAnswer(hidProfile, frame)) events.emit('data', Buffer.from(report))
    })
    open.set(path, () => events.emit('error', new Error('could not read from HID device')))
    return Promise.resolve({
      on: events.on.bind(events),
      write: (report: Buffer) => {
        for (const body of parser.push(report.subarray(2, 2 + (report[1] ?? 0))))
          reader.receive(buildFrame(body))
        return Promise.resolve(report.length)
      },
      close: () => Promise.resolve(),
    })
  }

  return {
    opened,
    imports: {
      serial: () => Promise.resolve({ SerialPort: PlayedPort as never }),
      hid: () =>
        Promise.resolve({
          HIDAsync: { open: openHid },
          devicesAsync: () =>
            Promise.resolve(
              [...hids.keys()].map((path): HidDeviceInfo => ({
                path,
                vendorId: hidProfile.vendorId,
                productId: hidProfile.productId,
              })),
            ),
        }),
      usb: () => Promise.resolve({ usb: { getDevices: () => Promise.resolve([]) } }),
    },
    readSign: () => String(changes),
    plugSerial: (info, reader, baudRate = 115_200) => {
      ports.set(info.path, { info, reader, baudRate })
      changes += 1
    },
    plugHid: (path, reader) => {
      hids.set(path, reader)
      changes += 1
    },
    unplug: (path) => {
      ports.delete(path)
      hids.delete(path)
      changes += 1
      open.get(path)?.()
      open.delete(path)
    },
    hold: (path, error) => {
      if (error === null) held.delete(path)
      else held.set(path, error)
    },
  }
}

const worlds: ReaderWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.service.stop()
})

function start(computer: Computer, kind: 'auto' | 'serial' | 'hid' = 'auto'): ReaderWorld {
  const world = startReaderWorld(
    { kind },
    { modules: createNativeModules(computer.imports), readSign: computer.readSign, scanMs: 20 },
  )
  worlds.push(world)
  return world
}

const labelsOf = (world: ReaderWorld): readonly string[] =>
  world.service
    .status()
    .readers.filter((each) => each.state === 'ready')
    .map((each) => each.label)
    .toSorted()

const ch340 = { vendorId: '1a86', productId: '7523' }

test('a reader at a known adapter is found by itself, also at a slower rate, and taken out and put in elsewhere', async () => {
  const computer = makeComputer()
  const reader = createSimulatedReader()
  const world = start(computer)
  expect(world.service.status().state).toBe('absent')
  computer.plugSerial({ path: 'COM3', ...ch340 }, reader, 57_600)
  await world.until(() => labelsOf(world).join() === 'COM3(CH340)', 'the reader')
  expect(computer.opened).toEqual(['COM3 115200', 'COM3 57600'])
  reader.putOn(makeCard(getPerson(1)))
  await world.until(() => world.cards.length === 1, 'the card')

  computer.unplug('COM3')
  await world.until(() => world.service.status().state === 'absent', 'the loss')
  expect(world.service.status().notice).toBe('读卡器 COM3(CH340) 已断开,插好后自动恢复,录入可以继续。')
  computer.plugSerial({ path: 'COM7', ...ch340 }, reader)
  await world.until(() => labelsOf(world).join() === 'COM7(CH340)', 'the reader elsewhere')
  reader.putOn(makeCard(getPerson(2)))
  await world.until(() => world.cards.length === 2, 'the next card')
  expect(world.service.status().notice).toBeNull()
})

test('a busy port is a notice that stays, and is used once it is free', async () => {
  const computer = makeComputer()
  const reader = createSimulatedReader()
  computer.plugSerial({ path: 'COM3', ...ch340 }, reader)
  computer.hold('COM3', 'Error: Resource temporarily unavailable Cannot lock port')
  const world = start(computer)
  await world.until(() => world.service.status().state === 'fault', 'the notice')
  const tries = computer.opened.length
  await world.until(() => computer.opened.length > tries + 2, 'more tries')
  // It did not come and go with every try.
  const states = world.statuses.map((status) => status.state)
  expect(states.slice(states.indexOf('fault'))).toEqual(['fault'])
  expect(world.service.status().notice).toContain('被其他程序占用')
  expect((await world.service.readNow()).message).toContain('COM3')
  computer.hold('COM3', null)
  await world.until(() => labelsOf(world).length === 1, 'the reader')
  expect(world.service.status().notice).toBeNull()
})

test('no rights is a notice with what the administrator has to do', async () => {
  const computer = makeComputer()
  computer.plugHid('/dev/hidraw0', createSimulatedReader())
  computer.hold('/dev/hidraw0', 'EACCES: permission denied')
  const world = start(computer, 'hid')
  await world.until(() => world.service.status().state === 'fault', 'the notice')
  expect(world.service.status().notice).toMatch(/^没有使用读卡器 .* 的权限/)
})

test('a device that is no reader is asked once, without a word to the clerk', async () => {
  const computer = makeComputer()
  computer.plugSerial({ path: 'COM4', vendorId: '1111' }, createSimulatedReader({ isDead: true }))
  const world = start(computer)
  await world.until(() => world.service.status().readers.length === 1, 'the try')
  await world.until(() => world.service.status().readers.length === 0, 'its end')
  // Something else is put in: everything is listed anew, but the printer is left alone.
  computer.plugHid('/dev/hidraw0', createSimulatedReader())
  await world.until(() => labelsOf(world).length === 1, 'the reader')
  expect(computer.opened).toEqual(['COM4 115200', '/dev/hidraw0'])
  expect(world.statuses.every((status) => status.notice === null)).toBe(true)
})

test('readers of two kinds at once; the chosen kind alone is looked for', async () => {
  const computer = makeComputer()
  const serial = createSimulatedReader()
  const hid = createSimulatedReader()
  computer.plugSerial({ path: 'COM3', ...ch340 }, serial)
  computer.plugHid('/dev/hidraw0', hid)
  const world = start(computer)
  await world.until(() => labelsOf(world).length === 2, 'both readers')
  serial.putOn(makeCard(getPerson(1)))
  hid.putOn(makeCard(getPerson(2)))
  await world.until(() => world.cards.length === 2, 'both cards')
  computer.unplug('/dev/hidraw0')
  await world.until(() => labelsOf(world).length === 1, 'the loss of one')
  expect(world.service.status()).toMatchObject({
    state: 'ready',
    notice: expect.stringContaining('已断开') as string,
  })
  computer.plugHid('/dev/hidraw5', hid)
  await world.until(() => labelsOf(world).length === 2, 'both again')
  expect(world.service.status().notice).toBeNull()
  await world.change({ kind: 'hid' })
  await world.until(() => labelsOf(world).join() === hidProfile.label, 'the HID reader alone')
  const { devices } = await world.service.list()
  expect(devices.map((device) => [device.connection, device.path])).toEqual([
    ['serial', 'COM3'],
    ['hid', '/dev/hidraw5'],
  ])
  expect(splitIntoReports(hidProfile, new Uint8Array(63))).toHaveLength(1)
})

test('the real modules load on this machine, each by itself', async () => {
  const modules = createNativeModules()
  expect(typeof (await modules.serial()).SerialPort.list).toBe('function')
  expect(typeof (await modules.hid()).devicesAsync).toBe('function')
  expect(typeof (await modules.usb()).usb.getDevices).toBe('function')
  expect((await findTargets({ kind: 'auto', profile: '' }, modules)).problems).toEqual([])
})
