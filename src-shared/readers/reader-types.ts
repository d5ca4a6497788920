/** Shapes of the requests and events about readers. Plain data only. */

/** How a reader is joined to the computer. */
export type ReaderConnection = 'serial' | 'hid' | 'usb'

/** 首选项—读卡器. */
export type ReaderSettings = {
  /** `auto` looks for readers of every kind; `none` looks for none. */
  readonly kind: 'auto' | ReaderConnection | 'none'
  /** Serial: the typed port (COM3, /dev/ttyUSB0, tcp://127.0.0.1:5460); several are divided by `;`. Empty: found by itself. */
  readonly port: string
  /** Name of an HID profile or a USB variant; empty: by the device's own numbers. */
  readonly profile: string
  /** Cards are read as soon as they lie there; else only by F2. */
  readonly autoRead: boolean
  readonly playsSound: boolean
  readonly photoDecoder: 'none' | 'external'
  /** Absolute path of the program that turns a WLT file into a BMP file. */
  readonly photoProgram: string
  readonly photoLimitSeconds: number
}

/** What a new store starts with. */
export const DEFAULT_READER_SETTINGS: ReaderSettings = {
  kind: 'auto',
  port: '',
  profile: '',
  autoRead: true,
  playsSound: true,
  photoDecoder: 'none',
  photoProgram: '',
  photoLimitSeconds: 5,
}

export type ReaderState =
  /** Switched off in the settings. */
  | 'off'
  /** None is there, or the one that was is gone. */
  | 'absent'
  | 'connecting'
  | 'ready'
  | 'reading'
  /** It is there and cannot be used: busy, no rights, no driver, or it reports a fault. */
  | 'fault'

/** One reader as it stands. */
export type ReaderLineStatus = {
  readonly label: string
  readonly connection: ReaderConnection
  readonly state: ReaderState
  /** What the clerk should know and do; null when all is well. */
  readonly notice: string | null
  /** The security module's number (`05.01-20200101-…`), or null while unknown. */
  readonly samId: string | null
}

/** All readers in one: what the status bar shows. */
export type ReaderStatus = {
  readonly state: ReaderState
  readonly notice: string | null
  readonly readers: readonly ReaderLineStatus[]
}

/** A port or device that could be a reader. */
export type ReaderDevice = {
  readonly connection: ReaderConnection
  /** What is typed or stored to choose it. */
  readonly path: string
  readonly label: string
  /** The adapter or device is one that readers are built with. */
  readonly isKnown: boolean
}

/** A model of reader as the settings page lists it. */
export type ReaderProfile = {
  readonly name: string
  readonly connection: ReaderConnection
  readonly label: string
  /** False until it has met the real device: the page says 未验证. */
  readonly isVerified: boolean
  /** Why it cannot be used yet; null when it can. */
  readonly obstacle: string | null
}

export type ReaderList = {
  readonly devices: readonly ReaderDevice[]
  readonly profiles: readonly ReaderProfile[]
  /** Kinds of reader that cannot be used on this machine, each a sentence with the reason. */
  readonly problems: readonly string[]
}

/** 测试读卡. */
export type ReaderTest = {
  readonly isGood: boolean
  readonly message: string
  /** Where it was tried and found. */
  readonly label: string
  readonly samId: string | null
  /** What lay on the reader: kind, and name and number masked; null when nothing did. */
  readonly card: string | null
  readonly elapsedMs: number
}

/** The answer to F2: the reading itself comes as the event `reader.card`. */
export type ReadNowResult = { readonly isRead: boolean; readonly message: string }

/** One line of the raw log. What belongs to a person is left out of it, not only hidden. */
export type ReaderLogLine = {
  readonly at: number
  readonly readerLabel: string
  readonly direction: 'out' | 'in' | 'note'
  readonly text: string
}
