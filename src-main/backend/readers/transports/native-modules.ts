import { TransportFailure } from './byte-transport.ts'

/**
 * The native packages behind the transports, each loaded when it is first needed and by itself: one that cannot load on a
 * machine (an old system, a missing library) takes none of the others down. What is used of them is written out here,
 * small enough to be played by a test.
 */

export type SerialPortInfo = {
  readonly path: string
  readonly vendorId?: string | undefined
  readonly productId?: string | undefined
  readonly manufacturer?: string | undefined
  /** Windows: what the system knows the device by. */
  readonly pnpId?: string | undefined
}

export type OpenSerialPort = {
  readonly on: {
    (event: 'data', listener: (chunk: Uint8Array) => void): unknown
    (event: 'close', listener: (error: Error | null) => void): unknown
    (event: 'error', listener: (error: Error) => void): unknown
  }
  readonly open: (done: (error: Error | null) => void) => void
  readonly write: (bytes: Uint8Array, done: (error: Error | null | undefined) => void) => boolean
  readonly drain: (done: (error: Error | null) => void) => void
  readonly flush: (done: (error: Error | null) => void) => void
  readonly close: (done: (error: Error | null) => void) => void
  readonly isOpen: boolean
}

export type SerialModule = {
  readonly SerialPort: {
    new (options: {
      readonly path: string
      readonly baudRate: number
      readonly autoOpen: false
    }): OpenSerialPort
    readonly list: () => Promise<readonly SerialPortInfo[]>
  }
}

export type HidDeviceInfo = {
  readonly vendorId: number
  readonly productId: number
  readonly path?: string | undefined
  readonly product?: string | undefined
}

export type OpenHidDevice = {
  readonly on: {
    (event: 'data', listener: (report: Uint8Array) => void): unknown
    (event: 'error', listener: (error: unknown) => void): unknown
  }
  readonly write: (report: Buffer) => Promise<number>
  readonly close: () => Promise<void>
}

export type HidModule = {
  readonly HIDAsync: { readonly open: (path: string) => Promise<OpenHidDevice> }
  readonly devicesAsync: () => Promise<readonly HidDeviceInfo[]>
}

export type OpenUsbDevice = {
  readonly vendorId: number
  readonly productId: number
  readonly bus: string
  readonly address: number
  readonly configuration: UsbConfiguration | null | undefined
  readonly open: () => Promise<void>
  readonly close: () => Promise<void>
  readonly selectConfiguration: (value: number) => Promise<void>
  readonly claimInterface: (number: number) => Promise<void>
  readonly nativeTransferIn: (
    endpoint: number,
    timeoutMs: number,
    length: number,
  ) => Promise<Uint8Array | null>
  readonly nativeTransferOut: (endpoint: number, timeoutMs: number, bytes: Uint8Array) => Promise<number>
}

export type UsbConfiguration = {
  readonly interfaces: readonly {
    readonly interfaceNumber: number
    readonly alternates: readonly {
      readonly endpoints: readonly {
        readonly endpointNumber: number
        readonly direction: 'in' | 'out'
        readonly type: string
      }[]
    }[]
  }[]
}

export type UsbModule = { readonly usb: { readonly getDevices: () => Promise<readonly OpenUsbDevice[]> } }

export type NativeModules = {
  /** @throws TransportFailure `notLoaded` */
  readonly serial: () => Promise<SerialModule>
  readonly hid: () => Promise<HidModule>
  readonly usb: () => Promise<UsbModule>
}

/** How each package is brought in; a test gives ones that fail. */
export type ModuleImports = {
  readonly serial: () => Promise<SerialModule>
  readonly hid: () => Promise<HidModule>
  readonly usb: () => Promise<UsbModule>
}

// What the packages declare is wider than what is used here, and usb's own types lean on the DOM.
const packageImports: ModuleImports = {
  serial: async () => (await import('serialport')) as unknown as SerialModule,
  hid: async () => {
    const module = await import('node-hid')
    // It loads its native part when that is first asked for something: now, so that a missing library is known.
    module.getHidapiVersion()
    return module as unknown as HidModule
  },
  usb: async () => (await import('usb')) as unknown as UsbModule,
}

/** Loads each package once, when it is asked for; a failed one is not tried again until the program's next start. */
export function createNativeModules(imports: ModuleImports = packageImports): NativeModules {
  return {
    serial: once(imports.serial, '串口'),
    hid: once(imports.hid, ' HID '),
    usb: once(imports.usb, ' USB '),
  }
}

function once<Module>(load: () => Promise<Module>, label: string): () => Promise<Module> {
  let loading: Promise<Module> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      throw new TransportFailure('notLoaded', `本机不能使用${label}读卡器:${reasonOf(error)}`, error)
    })
    return loading
  }
}

/** Debian and its like bring libusb as a package of its own; node-hid's binary asks for it. */
function reasonOf(error: unknown): string {
  return /libusb/.test(String(error))
    ? '缺少系统组件 libusb,请管理员安装(Debian 软件包 libusb-1.0-0),再重新打开居服通。'
    : '驱动组件没有装好,请重新安装居服通。'
}
