/** Shapes that requests and events of the page ↔ backend contract share. Plain data only. */
import type { FieldValue, LookupRegisterName, RecordValues } from '../fields/field.ts'
import type { RegionProfile } from '../regions/region-profile.ts'
import type { RecordStatus, RegisterName } from '../registers/register.ts'
import type { CardChoice } from '../readers/card-choice.ts'
import type { ReaderSettings } from '../readers/reader-types.ts'
import type { ChangeKind } from '../sync/change-kind.ts'
import type { OpAct } from '../sync/op.ts'
import type { Provenance, ValueProvenance } from '../values/provenance.ts'

/** Where a look-up searches: a code table, or a register that other registers refer to. */
export type LookupSource =
  | { readonly kind: 'dictionary'; readonly name: string }
  | { readonly kind: 'register'; readonly name: LookupRegisterName }

/** One row of a look-up list. For a register `code` is the record's id. */
export type LookupEntry = {
  readonly code: string
  readonly name: string
  /** Names of the entries above, outermost first, joined by `/`; empty at the top. */
  readonly parentPath: string
  /** Matched spans of `name` in UTF-16 units, end exclusive. */
  readonly ranges: readonly (readonly [start: number, end: number])[]
}

export type LookupPage = {
  readonly entries: readonly LookupEntry[]
  readonly total: number
  readonly isTotalExact: boolean
}

/** The three-step mark of a record. typed → on this disk (fsynced) → receipt of the server stored here. */
export type UploadState =
  | 'pending'
  | 'uploaded'
  /** The server has refused an op of it; it waits for a correction. */
  | 'setAside'
  /** 演示数据: never sent anywhere. */
  | 'demo'

/** One record as the page sees it. */
export type StoredRecord = {
  readonly register: RegisterName
  readonly id: string
  readonly status: RecordStatus
  readonly declarationVersion: number
  readonly values: RecordValues
  /** Values of the cancellation's fields while cancelled. */
  readonly cancellation: RecordValues | null
  /** UTC milliseconds. */
  readonly createdAt: number
  readonly updatedAt: number
  /** Grows by every stored change on this replica (own or pulled): `save` names the one its form was opened on. */
  readonly revision: number
  readonly uploadState: UploadState
  /** Scope: the station whose area the record belongs to; empty where none is known. */
  readonly stationCode: string
}

/** Text that stands for coded values and references: `labels[field]` for code, codes and reference fields. */
export type RecordLabels = Readonly<Record<string, string>>

export type LabelledRecord = StoredRecord & {
  readonly labels: RecordLabels
  /** Values shown beside a reference: `shown['dwellingId.streetCode']` → 东风路. */
  readonly shown: RecordLabels
  /** The record's title for tabs, lists and messages. */
  readonly title: string
  /** How the values came, by field; nothing where it is not known. */
  readonly provenance: Readonly<Record<string, ValueProvenance>>
}

/** A record as it was after one line of its history; read-only, told to nobody as what is true now. */
export type RecordVersion = {
  readonly record: LabelledRecord
  /** The act that made it this. */
  readonly line: HistoryLine
  /** Fields that this act changed. */
  readonly changedFields: readonly string[]
}

/**
 * A condition of a query. Conditions are joined by AND. Which operators a field takes follows from its kind. Beside fields there are
 * `createdAt` and `updatedAt`; `cancellation.<date>` of what 注销 asked; `occupants` of a dwelling (how many are registered there); and
 * `permitUntilDate` of a resident (the days to which a permit is in force). These take `between`.
 */
export type Condition =
  | OwnCondition
  /** The record that a reference names fulfils these; null: it names none, or one that is not in this store. */
  | {
      readonly field: string
      readonly operator: 'refersTo'
      readonly conditions: readonly OwnCondition[] | null
    }

/** A condition on the record itself. */
export type OwnCondition =
  | { readonly field: string; readonly operator: 'equals'; readonly value: FieldValue }
  | { readonly field: string; readonly operator: 'startsWith' | 'contains'; readonly value: string }
  /** The name field by pinyin initials or by Chinese text from its start: zwx, 张. */
  | { readonly field: string; readonly operator: 'name'; readonly value: string }
  /** Inclusive; a missing end is open. */
  | {
      readonly field: string
      readonly operator: 'between'
      readonly from?: string | number
      readonly to?: string | number
    }
  /** A code with everything below it in its table (420000 → all of 湖北省). */
  | { readonly field: string; readonly operator: 'within'; readonly value: string }

export type Query = {
  readonly register: RegisterName
  readonly conditions: readonly Condition[]
  readonly statuses: readonly RecordStatus[]
  /** Only records of this station's area; null asks for all that this replica holds. */
  readonly stationCode: string | null
  /** Field name or `updatedAt`/`createdAt`; ties are ordered by arrival on this replica. */
  readonly sort: { readonly field: string; readonly direction: 'ascending' | 'descending' }
}

/** One row of a result grid: display text by field, personal values masked unless the role may see them. */
export type QueryRow = {
  readonly id: string
  readonly status: RecordStatus
  readonly uploadState: UploadState
  /** The stored stage of a register with a flow, from which its steps start; else null. */
  readonly stage: string | null
  readonly cells: Readonly<Record<string, string>>
}

export type QueryPage = { readonly rows: readonly QueryRow[]; readonly offset: number }

/** One line of a record's history: who changed what from what to what, when, at which station. */
export type HistoryLine = {
  /** Names the line, and the record's version after it: `record.version`. */
  readonly version: number
  readonly at: number
  readonly act: OpAct
  readonly by: string
  readonly station: string
  /** A modification's own word for itself: 变更 or 更正; null where nobody was asked. */
  readonly changeKind: ChangeKind | null
  /** 变更日期 of a change, `YYYY-MM-DD`, or null. */
  readonly effectiveDate: string | null
  readonly changes: readonly {
    readonly label: string
    readonly from: string
    readonly to: string
    /** How the new value came, or null where it is not known. */
    readonly provenance: Provenance | null
  }[]
  /** Where a card had said otherwise: whose value was stored, and the other one, masked unless the role may see it. */
  readonly cardChoices: readonly {
    readonly label: string
    readonly took: CardChoice['took']
    readonly other: string
  }[]
  /** The reason given for a correction, cancellation or restoration, else empty. */
  readonly reason: string
}

/** Records of another register that point here (who lives here, who works here), or that this one points to. */
export type LinkedRecords = {
  readonly label: string
  readonly register: RegisterName
  readonly total: number
  /** At most 200. */
  readonly rows: readonly {
    readonly id: string
    readonly title: string
    readonly detail: string
    readonly status: RecordStatus
  }[]
}

/** A person who is registered in a dwelling at present. */
export type Occupant = {
  readonly register: 'resident' | 'minor'
  readonly id: string
  readonly name: string
  readonly sex: string
  /** Full years today; null where the birth date is unknown. */
  readonly age: number | null
  /** A minor's guardian by name, else empty. */
  readonly guardian: string
  readonly dwellingId: string
  readonly dwellingTitle: string
}

/** Who lives in a dwelling and which leases are in force there. */
export type DwellingOccupancy = {
  readonly dwellingId: string
  readonly title: string
  readonly occupancyUseCode: string
  readonly people: readonly Occupant[]
  readonly leases: readonly { readonly id: string; readonly title: string; readonly endDate: string }[]
}

/** What a coordinator is responsible for at present. */
export type CoordinatorHoldings = {
  readonly dwellings: number
  readonly employers: number
  /** Inspections by this coordinator whose hazards are not rectified. */
  readonly openInspections: number
}

/** What the clerk typed into one field of an open form, valid or not. */
export type DraftInput = {
  /** The characters in the box. */
  readonly text: string
  /** The stored value the text stands for, or null where it stands for none (yet). */
  readonly value: FieldValue
  /** How it came; absent where it is not known. */
  readonly provenance?: Provenance
}

/** An open form as it stands; journalled field by field. */
export type Draft = {
  readonly id: string
  readonly register: RegisterName
  /** The record being modified, or null for a new one. */
  readonly recordId: string | null
  /** Revision of the record the form was opened on; 0 for a new one. */
  readonly revision: number
  readonly inputs: Readonly<Record<string, DraftInput>>
  readonly focusedField: string | null
  /** Caret position in UTF-16 units of the focused field's text. */
  readonly caret: number
  /** Names of the pinned fields and the number already saved in this batch. */
  readonly pinnedFields: readonly string[]
  readonly batchCount: number
  /** The batch the form belongs to; null: 快速录入, no batch. Absent: the form joins the one that is open. */
  readonly batchId?: string | null
  /** Set where this form was opened by 「新增…」 inside another one: that draft and its field. */
  readonly openedFrom: { readonly draftId: string; readonly field: string } | null
  /** What is typed beside the fields when a stored record is modified: 更正 or 变更, with its reason or date. */
  readonly changeInputs?: Readonly<Record<string, DraftInput>>
  readonly updatedAt: number
}

export type ServerSettings = {
  /** 使用IP地址: false means 单机模式, nothing is sent anywhere. */
  readonly isEnabled: boolean
  readonly host: string
  readonly port: number
  /** 加密连接: TLS. */
  readonly usesTls: boolean
  /** 允许不加密的连接: somebody has chosen plain HTTP to a server on another machine. */
  readonly allowsPlain: boolean
  /** PEM of the certificate that a TLS server must show or be vouched for by; empty while nobody has confirmed one. */
  readonly authority: string
}

/** What a TLS server showed, for a person to compare with what the server's operator has on paper. */
export type ServerCertificate = {
  /** SHA-256 of the certificate to be trusted (the authority's where the server shows it), in groups for reading aloud. */
  readonly fingerprint: string
  /** PEM of that certificate: `ServerSettings.authority` once a person has confirmed it. */
  readonly authority: string
  /** UTC milliseconds: the server's own certificate ends. */
  readonly validUntil: number
  /** By `authority` of the settings that were asked with. */
  readonly isTrusted: boolean
}

export type Settings = {
  readonly server: ServerSettings
  /** Minutes between two automatic rounds; 0 is by hand only. */
  readonly syncPeriodMinutes: number
  /** Percent of the normal size: 100–175. */
  readonly fontSizePercent: number
  readonly reader: ReaderSettings
  /** The first-run wizard was finished or skipped. */
  readonly isFirstRunDone: boolean
  /** Id of the region profile that registration and residence permits follow. */
  readonly region: string
}

/** A record as 查找功能或记录 lists it; personal values are masked as in a query's result. */
export type FoundRecord = {
  readonly register: RegisterName
  readonly id: string
  readonly title: string
  readonly detail: string
  readonly status: RecordStatus
}

/** The region profile in force, what else can be chosen, and the days its rules count with. */
export type RegionState = {
  readonly profile: RegionProfile
  readonly choices: readonly { readonly id: string; readonly name: string; readonly source: string }[]
  /** Days of the holiday arrangements that are known: see `HolidayTable`. */
  readonly holidays: {
    readonly known: readonly string[]
    readonly holidays: readonly string[]
    readonly workingWeekendDays: readonly string[]
  }
  /** Files that could not be read, and a chosen profile that is not there; 关于 shows them. */
  readonly problems: readonly string[]
}

/** What is due: each a list of the home page and of 到期提醒. */
export type TodoKind =
  | 'permitEnding'
  | 'permitInProcess'
  | 'leaseEnding'
  | 'hazard'
  | 'serviceRequest'
  | 'setAside'
  | 'conflict'
  | 'duplicate'
  | 'draft'

/** How much of a kind is due; `late` of it past its day. Counted up to the limit of a list. */
export type TodoCount = { readonly kind: TodoKind; readonly total: number; readonly late: number }

/** One thing that is due. */
export type TodoRow = {
  /** Of the thing itself: two lists of the same things name the same ids. */
  readonly id: string
  readonly register: RegisterName
  /** The record it is about; null for the draft of a new one. */
  readonly recordId: string | null
  /** The day it is due, or came up; `YYYY-MM-DD`. */
  readonly day: string
  readonly isLate: boolean
  readonly title: string
  readonly detail: string
}

/** `total` is at most the limit of a list (2,000): the earliest ones. */
export type TodoPage = { readonly rows: readonly TodoRow[]; readonly total: number }

export type Account = {
  readonly accountName: string
  readonly displayName: string
  readonly role: 'clerk' | 'viewer' | 'administrator'
  readonly stationCode: string
  readonly stationName: string
}

export type SyncStatus = {
  /** Our server answered in the last round or test: true; it did not: false; never asked: null. */
  readonly isOnline: boolean | null
  /** Own ops without a stored receipt that will be sent; those set aside and held are counted apart. */
  readonly pendingCount: number
  readonly setAsideCount: number
  /** Ops the clerk has put aside (搁置). */
  readonly heldCount: number
  /** Decisions about conflicts (fields that belong together are one) and pairs of duplicates that wait for a person. */
  readonly conflictCount: number
  readonly duplicateCount: number
  /** Sync stands still until the clerk has answered (`sync.answer`): a server of another database, another certificate. */
  readonly question: { readonly title: string; readonly text: string; readonly accept: string } | null
  /** UTC milliseconds of the last complete round, or null. */
  readonly lastRoundAt: number | null
  /** When the timetable begins the next round by itself, UTC milliseconds; null or absent: only by hand. */
  readonly nextRoundAt?: number | null
  readonly isRunning: boolean
  /** Present while a round runs. `total` is null until known. */
  readonly progress: {
    readonly phase: 'push' | 'dictionaries' | 'pull' | 'check' | 'photos'
    readonly done: number
    readonly total: number | null
  } | null
  /** Why the last round stopped, in plain words; null after a good one. */
  readonly lastError: string | null
  /** What the clerk should know although the round was good: the clock is wrong, values wait in a conflict. */
  readonly notice?: string | null
}

export type AppState = {
  readonly version: string
  readonly dataFolder: string
  /** `keyFile` deserves a plain warning in 关于. */
  readonly keyProtection: 'operatingSystem' | 'keyFile'
  /** Today at the place of work, `YYYY-MM-DD`, from the learnt server offset. */
  readonly today: string
  readonly settings: Settings
  /** The signed-in account, or null: 单机 use without an account. */
  readonly account: Account | null
  readonly sync: SyncStatus
  /** What is not well with the automatic backup, in a few words; null while it is as it should be, or off. */
  readonly backupNotice: string | null
  /** The store could not be opened, was set aside at this start and is called so now; else null. */
  readonly setAsideAs: string | null
  readonly isDemoLoaded: boolean
  /** Lines of dictionary files that could not be loaded, each a sentence that names file and line; 关于 shows them. */
  readonly dictionaryProblems: readonly string[]
  readonly region: RegionState
  readonly counts: Readonly<Record<RegisterName, number>>
}
