import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openExchange } from '../../../src-main/backend/readers/exchange.ts'
import { findTargets, listTypedPorts, targetOfPort } from '../../../src-main/backend/readers/find-targets.ts'
import { buildFrame } from '../../../src-main/backend/readers/frame.ts'
import {
  toTransportFailure,
  TransportFailure,
} from '../../../src-main/backend/readers/transports/byte-transport.ts'
import { splitIntoReports, wrapAnswer } from '../../../src-main/backend/readers/transports/hid-framing.ts'
import {
  findHidProfile,
  hidProfiles,
  listReaderProfiles,
  type HidProfile,
} from '../../../src-main/backend/readers/transports/hid-profiles.ts'
import {
  createHidTransport,
  type HidLike,
} from '../../../src-main/backend/readers/transports/hid-transport.ts'
import {
  createNativeModules,
  type ModuleImports,
} from '../../../src-main/backend/readers/transports/native-modules.ts'
import {
  findAdapterLabel,
  listDeviceNames,
  listSerialPorts,
  orderPorts,
} from '../../../src-main/backend/readers/transports/serial-adapters.ts'
import { findTcpAddress } from '../../../src-main/backend/readers/transports/tcp-transport.ts'
import {
  createUsbTransport,
  findUsbVariant,
  type UsbPort,
  type UsbVariant,
} from '../../../src-main/backend/readers/transports/usb-transport.ts'
import { createFrameParser } from '../../../src-main/backend/readers/frame-parser.ts'
import { makeCard } from '../../../tools/reader-simulator/simulated-card.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import { createSimulatedReader } from '../../../tools/reader-simulator/simulated-reader.ts'
import { makeFolder } from '../../support/backend-fixture.ts'
import { bytesOf, readerVectors } from '../../support/reader-vectors.ts'

const { hid, requests, responses } = readerVectors
const usable = hidProfiles.filter((profile) => profile.framing !== 'unpublished')
const names = { raw: 'raw64', length: 'lenPrefix', miaxis: 'miaxis' } as const

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}

function vectorName(profile: HidProfile): 'raw64' | 'lenPrefix' | 'miaxis' {
  if (profile.framing === 'unpublished') throw new Error('no vectors')
  return names[profile.framing]
}

for (const profile of usable) {
  test(`${profile.name}: reports are those of the papers`, () => {
    const name = vectorName(profile)
    expect(splitIntoReports(profile, bytesOf(requests.find)).map(hexOf)).toEqual(hid[`${name}_find`])
    expect(wrapAnswer(profile, bytesOf(responses.findOk9F)).map(hexOf)).toEqual(hid[`${name}_findOk`])
    expect(wrapAnswer(profile, bytesOf(responses.read3001_resident))).toHaveLength(
      hid[`${name}_read3001_count`],
    )
  })

  test(`${profile.name}: a card is read over a played device, with stale reports, padding and a wrong sum`, async () => {
    const reader = createSimulatedReader()
    let hear: (report: Uint8Array) => void = () => undefined
    let lose: () => void = () => undefined
    const written: number[] = []
    const parser = createFrameParser(3)
    let isSumWrong = false
    const device: HidLike = {
      write: (report) => {
        written.push(report.length)
        // What arrives at the device is what the papers say, so the vectors check it; here it is taken apart as a device would.
        const payload = unwrapRequest(profile, report.subarray(1))
        for (const body of parser.push(payload)) reader.receive(buildFrame(body))
        return Promise.resolve()
      },
      onReport: (listener) => {
        hear = listener
      },
      onLost: (listener) => {
        lose = listener
      },
      close: () => Promise.resolve(),
    }
    reader.onSend((frame) => {
      for (const report of wrapAnswer(profile, frame)) {
        const sent = Uint8Array.from(report)
        if (isSumWrong) sent[8] = (sent[8] ?? 0) ^ 0xff
        hear(sent)
      }
    })
    const transport = createHidTransport(() => Promise.resolve(device), profile, profile.label)
    const exchange = await openExchange(transport, () => undefined)
    // Left over from another program.
    for (const report of wrapAnswer(profile, bytesOf(responses.read3001_hmt_J)).slice(0, 7)) hear(report)

    const card = makeCard(getPerson(3))
    reader.putOn(card)
    expect(await exchange.ask('status')).toMatchObject({ kind: 'answer', response: { status: 0x90 } })
    expect(await exchange.ask('find')).toMatchObject({ response: { status: 0x9f } })
    expect(await exchange.ask('select')).toMatchObject({ response: { status: 0x90 } })
    isSumWrong = true
    expect(await exchange.ask('readCard', 50)).toEqual({ kind: 'silence' })
    isSumWrong = false
    const read = await exchange.ask('readCard')
    expect(read.kind === 'answer' && hexOf(read.response.data.subarray(4, 260))).toBe(hexOf(card.text))
    expect(new Set(written)).toEqual(new Set([profile.reportBytes + 1]))

    const asked = exchange.ask('find')
    lose()
    // Answered before it went, or lost: never left waiting.
    expect(['answer', 'lost']).toContain((await asked).kind)
    expect(await exchange.ask('find')).toEqual({ kind: 'lost' })
    await exchange.close()
  })
}

/** As a device of the profile takes a report apart. */
function unwrapRequest(profile: HidProfile, report: Uint8Array): Uint8Array {
  switch (profile.framing) {
    case 'raw':
      return report
    case 'length':
      return report.subarray(1, 1 + (report[0] ?? 0))
    case 'miaxis':
      return report.subarray(6, 5 + (report[2] ?? 0) * 256 + (report[3] ?? 0))
    case 'unpublished':
      return new Uint8Array()
  }
}

test('every profile says that it is not verified, and one without a published framing cannot be opened', async () => {
  const profiles = listReaderProfiles()
  expect(profiles.every((profile) => !profile.isVerified)).toBe(true)
  expect(new Set(profiles.map((profile) => profile.name)).size).toBe(profiles.length)
  const secret = hidProfiles.find((profile) => profile.framing === 'unpublished')
  if (!secret) throw new Error('no such profile')
  const transport = createHidTransport(() => Promise.reject(new Error('opened')), secret, secret.label)
  await expect(transport.open()).rejects.toThrow('通讯格式未公开')
  expect(findHidProfile({ vendorId: 0x0316, productId: 0x5020 }, '')?.framing).toBe('raw')
  expect(findHidProfile({ vendorId: 0x0316, productId: 0x5020 }, 'miaxis-hid')).toBeUndefined()
  expect(findHidProfile({ vendorId: 1, productId: 2 }, '')).toBeUndefined()
})

/** A bulk device whose endpoints are queues. */
function playUsbDevice(variant: UsbVariant) {
  const reader = createSimulatedReader()
  const waiting = new Map<number, number[]>()
  const sizes: { endpoint: number; length: number }[] = []
  let isGone = false
  const queueOf = (endpoint: number): number[] => {
    const queue = waiting.get(endpoint) ?? []
    waiting.set(endpoint, queue)
    return queue
  }
  reader.onSend((frame) => {
    if (variant.kind === 'A') {
      queueOf(0x81).push(...frame.subarray(0, 7))
      queueOf(0x85).push(...frame.subarray(7))
    } else queueOf(variant.inEndpoint).push(...frame)
  })
  const port: UsbPort = {
    variant,
    send: (endpoint, bytes) => {
      sizes.push({ endpoint, length: bytes.length })
      if (isGone) return Promise.reject(new Error('LIBUSB_ERROR_NO_DEVICE: no such device'))
      reader.receive(bytes)
      return Promise.resolve()
    },
    receive: async (endpoint, length, timeLimitMs) => {
      const until = performance.now() + Math.min(timeLimitMs, 100)
      while (queueOf(endpoint).length === 0 && performance.now() < until) {
        if (isGone) throw new Error('no such device')
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return Uint8Array.from(queueOf(endpoint).splice(0, length))
    },
    close: () => Promise.resolve(),
  }
  return { reader, port, sizes, queueOf, unplug: () => (isGone = true) }
}

for (const variant of [{ kind: 'A' }, { kind: 'B', outEndpoint: 2, inEndpoint: 0x81 }] as const) {
  test(`USB ${variant.kind}: a card is read over a played device, after stale input, and the loss is told`, async () => {
    const device = playUsbDevice(variant)
    // An answer that another program did not fetch.
    device.queueOf(variant.kind === 'A' ? 0x85 : 0x81).push(...bytesOf(responses.read3001_hmt_J))
    const exchange = await openExchange(
      createUsbTransport(() => Promise.resolve(device.port), 'USB 1-1'),
      () => undefined,
    )
    const card = makeCard(getPerson(4))
    device.reader.putOn(card)
    expect(await exchange.ask('status')).toMatchObject({ response: { status: 0x90 } })
    expect(await exchange.ask('find')).toMatchObject({ response: { status: 0x9f } })
    expect(await exchange.ask('select')).toMatchObject({ response: { status: 0x90 } })
    const read = await exchange.ask('readCard')
    expect(read.kind === 'answer' && hexOf(read.response.data.subarray(4, 260))).toBe(hexOf(card.text))
    expect(device.sizes.slice(0, 2)).toEqual(
      variant.kind === 'A'
        ? [
            { endpoint: 0x02, length: 7 },
            { endpoint: 0x06, length: 3 },
          ]
        : [
            { endpoint: 2, length: 10 },
            { endpoint: 2, length: 10 },
          ],
    )
    device.reader.behave({ isDead: true })
    const asked = exchange.ask('find')
    device.unplug()
    expect(await asked).toEqual({ kind: 'lost' })
    expect(exchange.isLost()).toBe(true)
    await exchange.close()
  })
}

test('the variant of a bulk reader follows from its endpoints', () => {
  const endpointOf = (direction: 'in' | 'out', endpointNumber: number) => ({
    direction,
    endpointNumber,
    type: 'bulk',
  })
  const configurationOf = (endpoints: readonly ReturnType<typeof endpointOf>[]) => ({
    interfaces: [{ interfaceNumber: 0, alternates: [{ endpoints }] }],
  })
  const four = configurationOf([
    endpointOf('out', 2),
    endpointOf('out', 6),
    endpointOf('in', 1),
    endpointOf('in', 5),
  ])
  expect(findUsbVariant(four, '')?.variant).toEqual({ kind: 'A' })
  expect(findUsbVariant(four, 'bulk-b')?.variant).toEqual({ kind: 'B', outEndpoint: 2, inEndpoint: 0x81 })
  const two = configurationOf([endpointOf('out', 2), endpointOf('in', 2)])
  expect(findUsbVariant(two, '')?.variant).toEqual({ kind: 'B', outEndpoint: 2, inEndpoint: 0x82 })
  expect(findUsbVariant(two, 'bulk-a')).toBeUndefined()
  expect(findUsbVariant(null, '')).toBeUndefined()
})

const noDevices: ModuleImports = {
  serial: () =>
    Promise.resolve({ SerialPort: Object.assign(class {}, { list: () => Promise.resolve([]) }) } as never),
  hid: () =>
    Promise.resolve({
      HIDAsync: { open: () => Promise.reject(new Error()) },
      devicesAsync: () => Promise.resolve([]),
    }),
  usb: () => Promise.resolve({ usb: { getDevices: () => Promise.resolve([]) } }),
}

test('a native module that cannot load takes none of the others down', async () => {
  const cannotLoad = () => Promise.reject(new Error('libfoo.so: cannot open shared object file'))
  for (const broken of ['serial', 'hid', 'usb'] as const) {
    const modules = createNativeModules({ ...noDevices, [broken]: cannotLoad })
    await expect(modules[broken]()).rejects.toMatchObject({ kind: 'notLoaded' })
    for (const other of ['serial', 'hid', 'usb'] as const) {
      if (other !== broken) await expect(modules[other]()).resolves.toBeDefined()
    }
    const found = await findTargets({ kind: 'auto', profile: '' }, modules)
    expect(found.problems).toEqual([expect.stringContaining('驱动组件没有装好')])
  }
  const withoutLibrary = createNativeModules({
    ...noDevices,
    hid: () => Promise.reject(new Error('libusb-1.0.so.0: cannot open shared object file')),
  })
  await expect(withoutLibrary.hid()).rejects.toThrow('libusb-1.0-0')
})

test('devices of every kind are found, known adapters first', async () => {
  const ports = [
    { path: '/dev/ttyS0' },
    { path: 'COM9' },
    { path: 'COM10', pnpId: String.raw`BTHENUM\{00001101-0000-1000-8000-00805F9B34FB}` },
    { path: '/dev/ttyUSB1', vendorId: '1111', productId: '2222' },
    { path: '/dev/ttyUSB0', vendorId: '1A86', productId: '7523' },
  ]
  const modules = createNativeModules({
    serial: () =>
      Promise.resolve({
        SerialPort: Object.assign(class {}, { list: () => Promise.resolve(ports) }),
      } as never),
    hid: () =>
      Promise.resolve({
        HIDAsync: { open: () => Promise.reject(new Error()) },
        devicesAsync: () =>
          Promise.resolve([
            { vendorId: 0x0483, productId: 0x572b, path: '/dev/hidraw0' },
            { vendorId: 0x046d, productId: 0xc31c, path: '/dev/hidraw1' },
          ]),
      }),
    usb: () =>
      Promise.resolve({
        usb: {
          getDevices: () =>
            Promise.resolve([{ vendorId: 0x0400, productId: 0xc35a, bus: '1', address: 4 } as never]),
        },
      }),
  })
  const { targets } = await findTargets({ kind: 'auto', profile: '' }, modules)
  expect(targets.map((target) => [target.connection, target.key, target.isKnown])).toEqual([
    ['serial', '/dev/ttyUSB0', true],
    ['usb', 'usb:1-4', true],
    ['hid', '/dev/hidraw0', true],
    ['serial', '/dev/ttyUSB1', false],
    ['serial', 'COM9', false],
  ])
  const serialOnly = await findTargets({ kind: 'serial', profile: '' }, modules)
  expect(new Set(serialOnly.targets.map((target) => target.connection))).toEqual(new Set(['serial']))
  expect(targets[0]?.baudRates).toEqual([115_200, 57_600, 38_400, 19_200, 9_600])
  expect(findAdapterLabel({ path: 'COM3', vendorId: '10c4', productId: 'ea60' })).toBe('CP210x')
  expect(orderPorts(ports)[0]?.path).toBe('/dev/ttyUSB0')
})

test('without udevadm the names in /dev are the list', async () => {
  const folder = makeFolder()
  const dev = join(folder.path, 'dev')
  mkdirSync(dev)
  for (const name of ['ttyUSB1', 'ttyACM0', 'ttyS0', 'null', 'hidraw3']) writeFileSync(join(dev, name), '')
  expect(listDeviceNames(dev)).toEqual(['hidraw3', 'ttyACM0', 'ttyUSB1'])
  const failing = { SerialPort: { list: () => Promise.reject(new Error('spawn udevadm ENOENT')) } } as never
  expect((await listSerialPorts(failing, dev)).map((port) => port.path)).toEqual([
    join(dev, 'ttyACM0'),
    join(dev, 'ttyUSB1'),
  ])
  expect(listDeviceNames(join(folder.path, 'none'))).toEqual([])
  rmSync(folder.path, { recursive: true })
})

test('a typed port is a serial one or a TCP line of this machine, and nothing else', async () => {
  expect(findTcpAddress('tcp://127.0.0.1:5460')).toEqual({ host: '127.0.0.1', port: 5_460 })
  expect(findTcpAddress('tcp://[::1]:5460')).toEqual({ host: '::1', port: 5_460 })
  for (const wrong of [
    'tcp://10.1.2.3:5460',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:0',
    'tcp://127.0.0.1:99999',
    'COM3',
  ])
    expect(findTcpAddress(wrong)).toBeUndefined()
  const target = targetOfPort('tcp://10.1.2.3:5460', createNativeModules(noDevices))
  await expect(target.createTransport(0).open()).rejects.toMatchObject({ kind: 'wrongPath' })
  expect(listTypedPorts(' COM3;COM5,tcp://127.0.0.1:1 COM3 ')).toEqual(['COM3', 'COM5', 'tcp://127.0.0.1:1'])
})

test('what hinders a line is said in words that help on this system', () => {
  const kinds = [
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'linux', 'noRights', 'udev'],
    ['Opening COM3: Access denied', 'win32', 'busy', '其他程序'],
    ['Error: Resource temporarily unavailable Cannot lock port', 'linux', 'busy', '其他程序'],
    ['Opening COM3: File not found', 'win32', 'missing', '检查连线'],
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'linux', 'missing', '检查连线'],
    ['LIBUSB_ERROR_NOT_SUPPORTED', 'win32', 'noDriver', 'WinUSB'],
    ['connect ECONNREFUSED 127.0.0.1:5460', 'linux', 'missing', '检查连线'],
    ['something else', 'linux', 'other', '重新插拔'],
  ] as const
  for (const [text, platform, kind, words] of kinds) {
    const failure = toTransportFailure(new Error(text), 'X', platform)
    expect([text, failure.kind]).toEqual([text, kind])
    expect(failure.message).toContain(words)
  }
  const own = new TransportFailure('busy', 'x')
  expect(toTransportFailure(own, 'X', 'linux')).toBe(own)
})
