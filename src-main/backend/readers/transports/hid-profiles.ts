import type { ReaderProfile } from '../../../../src-shared/readers/reader-types.ts'

/** How a frame is cut into HID reports. */
export type HidFraming =
  /** The next bytes of the frame, the last report filled up with zeros. */
  | 'raw'
  /** The first byte of a report says how many bytes of the frame follow. */
  | 'length'
  /** A wrapper around each report's piece: see hid-framing.ts. */
  | 'miaxis'
  /** The maker has not published it. */
  | 'unpublished'

/** A model of HID reader, as data. */
export type HidProfile = {
  readonly name: string
  readonly label: string
  readonly vendorId: number
  readonly productId: number
  /** 0 where the device has no report numbers. */
  readonly reportId: number
  /** Bytes of a report, without its number. */
  readonly reportBytes: number
  readonly framing: HidFraming
  /** Pause (ms) between two reports of a request. */
  readonly writePauseMs: number
  /** `getReport`: answers have to be asked for by GET_REPORT(Input), which node-hid does not offer. */
  readonly readBy: 'interrupt' | 'getReport'
  /** False until it has met the real device. */
  readonly isVerified: boolean
}

/** The models that papers and programs agree on. None has met its device yet: each is shown as 未验证. */
export const hidProfiles: readonly HidProfile[] = [
  {
    name: 'synthesis-hid',
    label: '新中新 HID',
    vendorId: 0x0316,
    productId: 0x5020,
    reportId: 0,
    reportBytes: 64,
    framing: 'raw',
    writePauseMs: 0,
    readBy: 'interrupt',
    isVerified: false,
  },
  {
    name: 'stm-hid',
    label: 'STM32 HID(带长度字节)',
    vendorId: 0x0483,
    productId: 0x572b,
    reportId: 0,
    reportBytes: 64,
    framing: 'length',
    writePauseMs: 0,
    readBy: 'interrupt',
    isVerified: false,
  },
  {
    name: 'miaxis-hid',
    label: '中正 HID',
    vendorId: 0x10c4,
    productId: 0x0007,
    reportId: 0,
    reportBytes: 64,
    framing: 'miaxis',
    writePauseMs: 2,
    readBy: 'interrupt',
    isVerified: false,
  },
  {
    name: 'idr210-hid',
    label: '精伦 iDR210 HID',
    vendorId: 0x0425,
    productId: 0x8159,
    reportId: 0,
    reportBytes: 64,
    framing: 'unpublished',
    writePauseMs: 0,
    readBy: 'interrupt',
    isVerified: false,
  },
]

/** The profile of a device, by name where one was chosen, else by the device's numbers. */
export function findHidProfile(
  device: { readonly vendorId: number; readonly productId: number },
  chosenName: string,
): HidProfile | undefined {
  const chosen = hidProfiles.find((profile) => profile.name === chosenName)
  if (chosen) return isOf(chosen, device) ? chosen : undefined
  return hidProfiles.find((profile) => isOf(profile, device))
}

function isOf(
  profile: HidProfile,
  device: { readonly vendorId: number; readonly productId: number },
): boolean {
  return profile.vendorId === device.vendorId && profile.productId === device.productId
}

/** Why a profile cannot be used, or null. */
export function findHidObstacle(profile: HidProfile): string | null {
  if (profile.framing === 'unpublished') {
    return `${profile.label} 的通讯格式未公开,暂不能使用,请改用串口或公安部标准 USB 读卡器。`
  }
  return profile.readBy === 'getReport'
    ? `${profile.label} 须用 GET_REPORT 读取,暂不能使用,请改用串口或公安部标准 USB 读卡器。`
    : null
}

/** The variants of the bulk readers, as the settings page lists them. */
export const usbVariants = [
  { name: 'bulk-a', label: '公安部标准 USB 读卡器 A(四个端点)' },
  { name: 'bulk-b', label: '公安部标准 USB 读卡器 B(两个端点)' },
] as const

/** Every model that can be chosen. */
export function listReaderProfiles(): readonly ReaderProfile[] {
  return [
    ...usbVariants.map((variant) => ({
      ...variant,
      connection: 'usb' as const,
      isVerified: false,
      obstacle: null,
    })),
    ...hidProfiles.map((profile) => ({
      name: profile.name,
      connection: 'hid' as const,
      label: profile.label,
      isVerified: profile.isVerified,
      obstacle: findHidObstacle(profile),
    })),
  ]
}
