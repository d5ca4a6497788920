import { setTimeout as pause } from 'node:timers/promises'
import { toTransportFailure, TransportFailure, type ByteTransport } from './byte-transport.ts'
import { splitIntoReports, takeFromReport } from './hid-framing.ts'
import { findHidObstacle, type HidProfile } from './hid-profiles.ts'
import type { HidModule } from './native-modules.ts'

/** An open HID device, as small as it is needed. Reports that go out begin with their number (0 where the device has none). */
export type HidLike = {
  readonly write: (report: Uint8Array) => Promise<void>
  readonly onReport: (listener: (report: Uint8Array) => void) => void
  readonly onLost: (listener: () => void) => void
  readonly close: () => Promise<void>
}

/** A reader that speaks in HID reports, in the way of its profile. */
export function createHidTransport(
  openDevice: () => Promise<HidLike>,
  profile: HidProfile,
  label: string,
): ByteTransport {
  let device: HidLike | undefined
  let hear: (chunk: Uint8Array) => void = () => undefined
  let hearLost: () => void = () => undefined
  const lost = (): TransportFailure =>
    new TransportFailure('missing', `读卡器 ${label} 已断开,插好后自动恢复。`)

  return {
    open: async () => {
      const obstacle = findHidObstacle(profile)
      if (obstacle !== null) throw new TransportFailure('other', obstacle)
      try {
        const opened = await openDevice()
        opened.onReport((report) => {
          const bytes = takeFromReport(profile, report)
          if (device === opened && bytes.length > 0) hear(bytes)
        })
        opened.onLost(() => {
          if (device !== opened) return
          device = undefined
          void opened.close()
          hearLost()
        })
        device = opened
      } catch (error) {
        throw toTransportFailure(error, label, process.platform)
      }
    },
    write: async (bytes) => {
      const target = device
      if (!target) throw lost()
      try {
        for (const [index, report] of splitIntoReports(profile, bytes).entries()) {
          if (index > 0 && profile.writePauseMs > 0) await pause(profile.writePauseMs)
          await target.write(Uint8Array.of(profile.reportId, ...report))
        }
      } catch (error) {
        throw toTransportFailure(error, label, process.platform)
      }
    },
    onData: (listener) => {
      hear = listener
    },
    onLost: (listener) => {
      hearLost = listener
    },
    // Reports are heard as they come: nothing waits below.
    flush: () => Promise.resolve(),
    close: async () => {
      const closing = device
      device = undefined
      await closing?.close()
    },
  }
}

/** Opens a device through node-hid. */
export async function openHidDevice(load: () => Promise<HidModule>, path: string): Promise<HidLike> {
  const { HIDAsync } = await load()
  const opened = await HIDAsync.open(path)
  return {
    write: async (report) => {
      await opened.write(Buffer.from(report))
    },
    onReport: (listener) => void opened.on('data', listener),
    // Its only way to say that the device is gone.
    onLost: (listener) => void opened.on('error', listener),
    close: () => opened.close().catch(() => undefined),
  }
}
