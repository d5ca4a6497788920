/** The seam below which readers differ: bytes out, bytes in. Everything above it is the same for all of them. */
export type ByteTransport = {
  /** @throws TransportFailure */
  readonly open: () => Promise<void>
  /** Resolves when the bytes are on their way. @throws TransportFailure */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Hears every chunk; called before `open`. */
  readonly onData: (listener: (chunk: Uint8Array) => void) => void
  /** Hears once that the line is gone without being asked (unplugged). Called before `open`. */
  readonly onLost: (listener: () => void) => void
  /** Drops what has arrived and was not heard yet. Never fails: at worst something old is passed over later. */
  readonly flush: () => Promise<void>
  /** Never fails; a second one does nothing. */
  readonly close: () => Promise<void>
}

export type TransportFailureKind =
  /** No such port or device. */
  | 'missing'
  /** Another program has it open. */
  | 'busy'
  | 'noRights'
  /** Windows: the driver that lets a program talk to it is not installed. */
  | 'noDriver'
  /** The native module cannot be loaded on this machine. */
  | 'notLoaded'
  /** The typed path is none that can be opened. */
  | 'wrongPath'
  | 'other'

/** Why a line cannot be used; `message` is a Chinese sentence for the clerk. */
export class TransportFailure extends Error {
  readonly kind: TransportFailureKind
  constructor(kind: TransportFailureKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'TransportFailure'
    this.kind = kind
  }
}

/** The failure that stands for anything thrown while a line was opened or written to. */
export function toTransportFailure(
  error: unknown,
  label: string,
  platform: NodeJS.Platform,
): TransportFailure {
  if (error instanceof TransportFailure) return error
  const text = error instanceof Error ? `${error.message} ${codeOf(error)}` : String(error)
  const kind = kindOf(text, platform)
  return new TransportFailure(kind, sentenceOf(kind, label, platform), error)
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

function kindOf(text: string, platform: NodeJS.Platform): TransportFailureKind {
  if (/EACCES|EPERM|permission denied|LIBUSB_ERROR_ACCESS/i.test(text)) return 'noRights'
  // Windows says so of a port that another program has open.
  if (/access denied|access is denied/i.test(text)) return platform === 'win32' ? 'busy' : 'noRights'
  if (/EBUSY|cannot lock|resource busy|resource temporarily unavailable|in use|ERROR_BUSY/i.test(text)) {
    return 'busy'
  }
  if (/NOT_SUPPORTED|no driver|WinUSB|incompatible driver/i.test(text)) return 'noDriver'
  if (
    /ENOENT|ENXIO|ENODEV|no such|file not found|cannot find|ECONNREFUSED|not found|cannot open device/i.test(
      text,
    )
  ) {
    return 'missing'
  }
  return 'other'
}

/** The sentence for a failure: the fact, and what to do on this system. */
function sentenceOf(kind: TransportFailureKind, label: string, platform: NodeJS.Platform): string {
  switch (kind) {
    case 'missing':
      return `找不到读卡器 ${label},请检查连线,插好后自动恢复。`
    case 'busy':
      return `读卡器 ${label} 正被其他程序占用,请关闭其他读卡程序,之后自动恢复。`
    case 'noRights':
      return platform === 'linux'
        ? `没有使用读卡器 ${label} 的权限,请管理员安装 udev 规则(见读卡器安装说明),或把用户加入 dialout 组后重新登录系统。`
        : `没有使用读卡器 ${label} 的权限,请联系管理员。`
    case 'noDriver':
      return platform === 'win32'
        ? `读卡器 ${label} 缺少 WinUSB 驱动,请安装厂家提供的 WinUSB 驱动后重新插拔。`
        : `读卡器 ${label} 被系统的其他驱动占用,请重新插拔;若仍不行,请联系管理员。`
    case 'notLoaded':
      return `本机不能使用${label}读卡器:驱动组件没有装好,请重新安装居服通。`
    case 'wrongPath':
      return `端口「${label}」的写法不对,应如 COM3、/dev/ttyUSB0 或 tcp://127.0.0.1:5460。`
    case 'other':
      return `读卡器 ${label} 无法打开,请重新插拔;若仍不行,请查看首选项“读卡器”中的记录。`
  }
}
