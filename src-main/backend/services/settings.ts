import { z } from 'zod'
import type { Settings } from '../../../src-shared/contract/types.ts'
import { DEFAULT_READER_SETTINGS } from '../../../src-shared/readers/reader-types.ts'
import { NATIONAL_REGION } from '../../../src-shared/regions/region-profile.ts'
import type { ReadDatabase } from '../database/database.ts'
import { readSetting, writeSetting } from '../queries/settings.ts'
import { actorOf, type Context } from './context.ts'
import { writeAudit } from './write-audit.ts'

/** What a new store starts with: 单机模式 until somebody names a server. */
export const DEFAULT_SETTINGS: Settings = {
  server: {
    isEnabled: false,
    host: '',
    port: 8080,
    usesTls: false,
    allowsPlain: false,
    authority: '',
  },
  syncPeriodMinutes: 5,
  fontSizePercent: 100,
  reader: DEFAULT_READER_SETTINGS,
  isFirstRunDone: false,
  region: NATIONAL_REGION,
}

const reader = DEFAULT_READER_SETTINGS

const stored = z.object({
  server: z.object({
    isEnabled: z.boolean(),
    host: z.string(),
    port: z.number(),
    // Stored before there was TLS: the line was plain. To another machine that now takes an explicit choice.
    usesTls: z.boolean().default(false),
    allowsPlain: z.boolean().default(false),
    authority: z.string().default(''),
  }),
  syncPeriodMinutes: z.number(),
  fontSizePercent: z.number(),
  reader: z.object({
    kind: z.enum(['auto', 'serial', 'hid', 'usb', 'none']).default(reader.kind),
    port: z.string().default(reader.port),
    profile: z.string().default(reader.profile),
    autoRead: z.boolean().default(reader.autoRead),
    playsSound: z.boolean().default(reader.playsSound),
    photoDecoder: z.enum(['none', 'external']).default(reader.photoDecoder),
    photoProgram: z.string().default(reader.photoProgram),
    photoLimitSeconds: z.number().default(reader.photoLimitSeconds),
  }),
  isFirstRunDone: z.boolean(),
  region: z.string(),
})

/** The settings of this store; names an older program did not know have their defaults. */
export function readSettings(database: ReadDatabase): Settings {
  const value = readSetting(database, 'settings')
  if (typeof value !== 'object' || value === null) return DEFAULT_SETTINGS
  const parsed = stored.safeParse({ ...DEFAULT_SETTINGS, ...value })
  return parsed.success ? parsed.data : DEFAULT_SETTINGS
}

/** Stores the settings. Another server is a start-up parameter: it counts from the next start. */
export async function saveSettings(
  context: Context,
  settings: Settings,
): Promise<{ readonly settings: Settings; readonly needsRestart: boolean }> {
  const needsRestart = await context.store.write((database) => {
    const before = readSettings(database).server
    const { server } = settings
    writeSetting(database, 'settings', settings)
    writeAudit(database, actorOf(context), 'settings.saved', '', '', {})
    return (
      before.isEnabled !== server.isEnabled ||
      before.host !== server.host ||
      before.port !== server.port ||
      before.usesTls !== server.usesTls
    )
  })
  return { settings, needsRestart }
}
