import { z } from 'zod'
import type { RegisterName } from '../registers/register.ts'

/** How a backup file ends. */
export const BACKUP_EXTENSION = 'jfbak'
/** In the data folder: the clerk wants a store that cannot be opened set aside. */
export const SET_ASIDE_MARK = 'store.db.set-aside'
/** Shortest password of a backup, in characters. */
export const SHORTEST_BACKUP_PASSWORD = 10
/** How many automatic backups are kept. */
export const KEPT_BACKUPS = { least: 2, usual: 7, most: 60 } as const

const count = z.int().min(0)
const base64 = z.base64().max(200)

/**
 * How the store's key stands in a backup: encrypted (AES-256-GCM) under what scrypt makes of the password. The limits keep a
 * made-up header from eating the machine's memory.
 */
export const keyWrapSchema = z.strictObject({
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    n: z.union([
      z.literal(16_384),
      z.literal(32_768),
      z.literal(65_536),
      z.literal(131_072),
      z.literal(262_144),
    ]),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(4),
    salt: base64,
  }),
  nonce: base64,
  bytes: base64,
  tag: base64,
})
export type KeyWrap = z.infer<typeof keyWrapSchema>

/** What stands in the clear at the beginning of a backup: counts and names of places, nothing about a person. */
export const backupHeaderSchema = z.strictObject({
  app: z.string().max(40),
  /** Number of the newest migration of the store inside. */
  schema: count,
  /** UTC milliseconds. */
  madeAt: count,
  station: z.strictObject({ code: z.string().max(40), name: z.string().max(100) }).nullable(),
  replica: z.uuid().nullable(),
  /** Whose automatic backup it is; null for one made by hand. */
  series: z.uuid().nullable(),
  /** Records per register, the cancelled ones as well. */
  records: z.record(z.string().max(60), count),
  photos: count,
  /** Ops without a receipt. */
  waitingOps: count,
  drafts: count,
  /** Bytes of the encrypted store that follows the header. */
  storeBytes: z.int().min(512),
  keyWrap: keyWrapSchema,
})
export type BackupHeader = z.infer<typeof backupHeaderSchema>

/** A backup file as a list shows it. */
export type BackupFile = {
  readonly path: string
  readonly name: string
  readonly size: number
} & (
  | { readonly header: Omit<BackupHeader, 'keyWrap'>; readonly problem: null }
  | { readonly header: null; readonly problem: string }
)

/** What a backup that was just made is. */
export type MadeBackup = {
  readonly path: string
  readonly size: number
  readonly madeAt: number
  readonly recordCount: number
  /** Milliseconds from the question to the verified file. */
  readonly took: number
}

export type BackupPhase = 'snapshot' | 'check' | 'write' | 'verify' | 'compare'

/** Bytes done of bytes in all; `total` null while the store itself works. */
export type BackupProgress = {
  readonly act: 'make' | 'inspect'
  readonly phase: BackupPhase
  readonly done: number
  readonly total: number | null
}

/** The store as it was before something was put back, kept on this machine. */
export type KeptStore = { readonly name: string; readonly keptAt: number; readonly size: number }

/** What is in a backup against what is here. */
export type BackupComparison = {
  /** Of the checked copy; a decision about another one is refused. */
  readonly id: string
  readonly sourceName: string
  /** When the backup was made, or the store was set aside. */
  readonly madeAt: number
  readonly stationName: string | null
  readonly schema: number
  /** The store here is of this shape; the copy is brought to it at the restart. */
  readonly ownSchema: number
  readonly isOtherMachine: boolean
  readonly records: readonly {
    readonly register: RegisterName
    readonly there: number
    readonly here: number
  }[]
  readonly photos: { readonly there: number; readonly here: number }
  /** What was typed here, the server has not received, and the backup does not have. */
  readonly unsent: {
    readonly ops: number
    readonly byRegister: readonly { readonly register: RegisterName; readonly ops: number }[]
    /** Unfinished forms, also those of sheets put aside. */
    readonly drafts: number
    /** 日结 that were confirmed here since. */
    readonly dayEnds: number
  }
}

/** What became of a reinstatement that was prepared before this start. */
export type ReinstateOutcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'done'; readonly keptAs: string | null }
  | { readonly kind: 'refused'; readonly message: string }

/** 备份与恢复 as a page shows it. */
export type BackupState = {
  readonly storeBytes: number
  /** Where the last backup by hand went to. */
  readonly folder: string | null
  readonly lastMade: { readonly at: number; readonly path: string; readonly size: number } | null
  readonly automatic: {
    readonly isOn: boolean
    readonly folder: string | null
    readonly hasPassword: boolean
    readonly keep: number
    readonly lastSuccess: { readonly at: number; readonly path: string; readonly size: number } | null
    readonly lastFailure: { readonly at: number; readonly message: string } | null
  }
  readonly progress: BackupProgress | null
  /** The checked copy as it was compared last; a decision is about this one. */
  readonly checked: BackupComparison | null
  /** A checked copy waits for the restart. */
  readonly prepared: {
    readonly sourceName: string
    readonly madeAt: number
    readonly preparedAt: number
  } | null
  readonly outcome: ReinstateOutcome
  readonly kept: readonly KeptStore[]
}
