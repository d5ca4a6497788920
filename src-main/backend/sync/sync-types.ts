import type { RecordValues } from '../../../src-shared/fields/field.ts'
import type { EventMessage } from '../../../src-shared/contract/events.ts'
import type { CheckReport } from '../../../src-shared/contract/sync-types.ts'
import type { DuplicateOutput } from '../../../src-shared/contract/requests.ts'
import type {
  Account,
  ServerCertificate,
  ServerSettings,
  Settings,
  SyncStatus,
} from '../../../src-shared/contract/types.ts'
import type { PhotoLine } from '../blobs/transfer-photo.ts'
import type { Store } from '../database/open-store.ts'
import type { RegisterName } from '../../../src-shared/registers/register.ts'

export type SyncClock = {
  /** The device's own clock, UTC milliseconds. */
  readonly deviceNow: () => number
  /** Told at each hello: add this many milliseconds to the device's clock to have the server's. */
  readonly setServerOffset: (offsetMs: number) => void
}

export type SyncOptions = {
  readonly store: Pick<Store, 'read' | 'write' | 'writeUnsynced' | 'writeInActs' | 'setCache'>
  readonly settings: () => Settings
  readonly clock: SyncClock
  readonly emit: (message: EventMessage) => void
  /** Records of a register were stored from the server (after the commit): indexes read them again. */
  readonly recordsStored: (register: RegisterName, ids: readonly string[]) => void
  /** The same where only their marks have changed; `recordsStored` is told where this is absent. */
  readonly recordsMarked?: (register: RegisterName, ids: readonly string[]) => void
  /** Entries of these dictionaries were stored from the server (after the commit). */
  readonly dictionariesStored: (names: readonly string[]) => void
  /** After each round that ended well. */
  readonly roundCompleted?: () => Promise<void>
  /** A first round after start comes within this time (ms), so that a whole city does not ask at once; 60 s when absent. */
  readonly startSpreadMs?: number
  /** A round after a save begins when this long (ms) nothing more was saved; 5 s when absent. */
  readonly idleMs?: number
  /** Whether somebody is typing now: what is pulled is then stored in smaller pieces, for the thread to be free sooner. */
  readonly isClerkTyping?: () => boolean
  /** Program version, told to the server. */
  readonly version: string
  /** One line for the log, without personal data. */
  readonly log: (line: string) => void
}

export type ServerTestResult = {
  readonly ok: boolean
  readonly message: string
  readonly elapsedMs: number
  /** What the server showed; null over plain HTTP and where no TLS came about. */
  readonly certificate: ServerCertificate | null
}

/** The sync of one local store with one server. At most one round runs at a time. */
export type Sync = {
  /** Begins the timetable: a first round after 0–60 s, then every period ± 20 %. Reads the stored state first. */
  readonly start: () => Promise<void>
  /** Cancels a round, waits for its open transaction and ends all timers. */
  readonly stop: () => Promise<void>
  /** One round now (or the end of the one that runs). Never throws for a server's fault: see `lastError`. */
  readonly run: () => Promise<SyncStatus>
  /**
   * 单独上传: sends one op, and the earlier ones of its record, now.
   * @throws RequestRefusal `notPossible` where it does not wait to be sent
   */
  readonly sendOne: (n: number) => Promise<SyncStatus>
  /**
   * 核对: a round that compares everything here with the server.
   * @throws RequestRefusal `serverUnreachable`, `notPossible`: why it could not be made
   */
  readonly check: () => Promise<CheckReport>
  readonly cancel: () => void
  readonly status: () => Promise<SyncStatus>
  readonly testServer: (server: Omit<ServerSettings, 'isEnabled'>) => Promise<ServerTestResult>
  /** @throws RequestRefusal with a Chinese sentence: wrong password, locked, server unreachable. */
  readonly signIn: (accountName: string, password: string) => Promise<Account>
  /** Forgets account and token here; nothing that is not uploaded is lost. */
  readonly signOut: () => Promise<void>
  /** Answers {@link SyncStatus.question}; a round follows where it was accepted. */
  readonly answer: (isAccepted: boolean) => Promise<SyncStatus>
  /** The account that is signed in on this store, also while offline. */
  readonly account: () => Account | null
  /** Records of other stations with the same natural key; empty when offline. */
  readonly findRemoteDuplicates: (
    register: RegisterName,
    values: RecordValues,
    exceptId: string | null,
  ) => Promise<readonly DuplicateOutput[]>
  /**
   * Runs one act over the line to our server, outside a round (a photo that somebody wants to see).
   * @throws RequestRefusal `notPossible` without a server or an account; ServerFailure
   */
  readonly onLine: <Result>(act: (line: PhotoLine) => Promise<Result>) => Promise<Result>
  /** The period or the server was changed: the timetable begins anew. */
  readonly settingsChanged: () => void
  /** A save was committed: status is emitted anew, and a round begins when the clerk has been idle for a while. */
  readonly noteSaved: () => void
}
