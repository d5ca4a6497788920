import { readdirSync } from 'node:fs'
import type { ReaderDevice, ReaderList, ReaderSettings } from '../../../src-shared/readers/reader-types.ts'
import type { ReaderTarget } from './reader-line.ts'
import { TransportFailure } from './transports/byte-transport.ts'
import { findHidProfile, listReaderProfiles } from './transports/hid-profiles.ts'
import { createHidTransport, openHidDevice } from './transports/hid-transport.ts'
import type { NativeModules, OpenUsbDevice, SerialPortInfo } from './transports/native-modules.ts'
import { findAdapterLabel, listDeviceNames, listSerialPorts } from './transports/serial-adapters.ts'
import { BAUD_RATES, createSerialTransport } from './transports/serial-transport.ts'
import { createTcpTransport } from './transports/tcp-transport.ts'
import { createUsbTransport, openUsbPort, USB_READER } from './transports/usb-transport.ts'

/** Ports typed in the settings, in the order typed. */
export function listTypedPorts(port: string): readonly string[] {
  return [...new Set(port.split(/[;;,,\s]+/).filter((part) => part !== ''))]
}

/** A port by its path: a serial one, or a TCP line of this machine. */
export function targetOfPort(path: string, modules: NativeModules): ReaderTarget {
  const isTcp = /^tcp:/i.test(path)
  return {
    key: path,
    label: path,
    connection: 'serial',
    isKnown: true,
    baudRates: isTcp ? [0] : BAUD_RATES,
    createTransport: (baudRate) =>
      isTcp ? createTcpTransport(path) : createSerialTransport(modules.serial, path, baudRate),
  }
}

/** What was found, and which kinds of reader cannot be used on this machine. */
export type FoundTargets = {
  readonly targets: readonly ReaderTarget[]
  readonly problems: readonly string[]
}

/** Looks for readers of the kinds that the settings ask for: known serial adapters first, then USB and HID, then other ports. */
export async function findTargets(
  settings: Pick<ReaderSettings, 'kind' | 'profile'>,
  modules: NativeModules,
): Promise<FoundTargets> {
  const isAsked = (kind: ReaderSettings['kind']): boolean =>
    settings.kind === 'auto' || settings.kind === kind
  const [serial, usb, hid] = await Promise.all([
    isAsked('serial') ? found(() => findSerial(modules)) : nothing,
    isAsked('usb') ? found(() => findUsb(modules, settings.profile)) : nothing,
    isAsked('hid') ? found(() => findHid(modules, settings.profile)) : nothing,
  ])
  const targets = [...serial.targets, ...usb.targets, ...hid.targets]
  return {
    targets: [...targets.filter((each) => each.isKnown), ...targets.filter((each) => !each.isKnown)],
    problems: [...serial.problems, ...usb.problems, ...hid.problems],
  }
}

const nothing: FoundTargets = { targets: [], problems: [] }

/** One kind that cannot be looked for takes none of the others down. */
async function found(look: () => Promise<readonly ReaderTarget[]>): Promise<FoundTargets> {
  try {
    return { targets: await look(), problems: [] }
  } catch (error) {
    const isSaid = error instanceof TransportFailure
    return { targets: [], problems: isSaid ? [error.message] : [] }
  }
}

async function findSerial(modules: NativeModules): Promise<readonly ReaderTarget[]> {
  const ports = await listSerialPorts(await modules.serial())
  return ports.filter(mayBeReader).map((port) => {
    const adapter = findAdapterLabel(port)
    const target = targetOfPort(port.path, modules)
    return {
      ...target,
      label: adapter === undefined ? port.path : `${port.path}(${adapter})`,
      isKnown: adapter !== undefined,
      // What is not known to be a reader's adapter is asked once, at the usual rate.
      baudRates: adapter === undefined ? BAUD_RATES.slice(0, 1) : BAUD_RATES,
    }
  })
}

/** Not the ports that Linux names whether they exist or not; not those of Bluetooth, whose opening waits for a telephone. */
function mayBeReader(port: SerialPortInfo): boolean {
  if (/BTHENUM/i.test(port.pnpId ?? '')) return false
  return port.vendorId !== undefined || !/\/ttyS\d+$/.test(port.path)
}

async function findHid(modules: NativeModules, profileName: string): Promise<readonly ReaderTarget[]> {
  const { devicesAsync } = await modules.hid()
  const targets = new Map<string, ReaderTarget>()
  for (const device of await devicesAsync()) {
    const profile = findHidProfile(device, profileName)
    const { path } = device
    if (!profile || path === undefined || targets.has(path)) continue
    targets.set(path, {
      key: path,
      label: profile.label,
      connection: 'hid',
      isKnown: true,
      baudRates: [0],
      createTransport: () =>
        createHidTransport(() => openHidDevice(modules.hid, path), profile, profile.label),
    })
  }
  return [...targets.values()]
}

async function findUsb(modules: NativeModules, profileName: string): Promise<readonly ReaderTarget[]> {
  const devices = await listUsbReaders(modules)
  return devices.map((device) => {
    const key = keyOfUsb(device)
    return {
      key,
      label: `USB ${key.slice(4)}`,
      connection: 'usb',
      isKnown: true,
      baudRates: [0],
      createTransport: () =>
        createUsbTransport(
          async () => {
            // The one that was listed may have been put in anew since.
            const present = (await listUsbReaders(modules)).find((each) => keyOfUsb(each) === key)
            if (!present)
              throw new TransportFailure('missing', `找不到读卡器 USB ${key.slice(4)},请检查连线。`)
            return openUsbPort(present, profileName, `USB ${key.slice(4)}`)
          },
          `USB ${key.slice(4)}`,
        ),
    }
  })
}

async function listUsbReaders(modules: NativeModules): Promise<readonly OpenUsbDevice[]> {
  const { usb } = await modules.usb()
  return (await usb.getDevices()).filter(
    (device) => device.vendorId === USB_READER.vendorId && device.productId === USB_READER.productId,
  )
}

function keyOfUsb(device: OpenUsbDevice): string {
  return `usb:${device.bus}-${device.address}`
}

/** What the settings page lists: everything that could be a reader, and the models. */
export async function listReaders(modules: NativeModules): Promise<ReaderList> {
  const { targets, problems } = await findTargets({ kind: 'auto', profile: '' }, modules)
  const devices = targets.map((target): ReaderDevice => ({
    connection: target.connection,
    path: target.key,
    label: target.label,
    isKnown: target.isKnown,
  }))
  return { devices, profiles: listReaderProfiles(), problems }
}

/**
 * What changes when a device is put in or taken out, cheap to ask for; null where the system offers no such thing, and the
 * devices themselves have to be listed.
 */
export function readDeviceSign(platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'linux') return null
  try {
    return [...listDeviceNames(), ...readdirSync('/sys/bus/usb/devices')].join(' ')
  } catch {
    return listDeviceNames().join(' ')
  }
}
