import { readdirSync } from 'node:fs'
import type { SerialModule, SerialPortInfo } from './native-modules.ts'

/** Vendor and product numbers (hexadecimal) of the USB-to-serial chips that readers are built with, as far as papers name them. */
const knownAdapters: readonly {
  readonly vendorId: string
  readonly productId?: string
  readonly label: string
}[] = [
  { vendorId: '1a86', label: 'CH340' },
  { vendorId: '067b', label: 'PL2303' },
  { vendorId: '10c4', productId: 'ea60', label: 'CP210x' },
  { vendorId: '0403', label: 'FTDI' },
  { vendorId: '0483', productId: '5740', label: 'STM32' },
]

/** What a port's adapter is called, or undefined for one that readers are not known to have. */
export function findAdapterLabel(port: SerialPortInfo): string | undefined {
  return knownAdapters.find(
    (each) =>
      each.vendorId === port.vendorId?.toLowerCase() &&
      (each.productId === undefined || each.productId === port.productId?.toLowerCase()),
  )?.label
}

/** Ports in the order in which a reader is looked for: known adapters, other USB adapters, then the rest. */
export function orderPorts(ports: readonly SerialPortInfo[]): readonly SerialPortInfo[] {
  const rank = (port: SerialPortInfo): number =>
    findAdapterLabel(port) === undefined ? (port.vendorId === undefined ? 2 : 1) : 0
  return ports.toSorted((a, b) => rank(a) - rank(b))
}

/** The serial ports of this machine. Where the list cannot be had (Linux without udevadm) the names in /dev that adapters get. */
export async function listSerialPorts(
  module: SerialModule,
  deviceFolder = '/dev',
): Promise<readonly SerialPortInfo[]> {
  try {
    return orderPorts(await module.SerialPort.list())
  } catch {
    return listDeviceNames(deviceFolder)
      .filter((name) => name.startsWith('tty'))
      .map((name) => ({ path: `${deviceFolder}/${name}` }))
  }
}

/** Names in /dev that USB serial adapters and HID devices get; none where there is no such folder (Windows). */
export function listDeviceNames(deviceFolder = '/dev'): readonly string[] {
  try {
    return readdirSync(deviceFolder)
      .filter((name) => /^tty(USB|ACM)\d+$|^hidraw\d+$/.test(name))
      .toSorted()
  } catch {
    return []
  }
}
