/**
 * The closed union of field kinds. A declaration says what a field *is*; how a screen looks is the page's business.
 *
 * Adding a kind must stop the compiler at every use (columns, check, input, display, table, filter, merge):
 * each use is one exhaustive `switch` that ends in {@link unreachableKind}.
 */

/** What a text field holds; decides normalisation, the check, and whether an IME is wanted. */
export type TextFormat =
  | 'plain'
  | 'personName'
  | 'documentNumber'
  | 'citizenIdNumber'
  | 'telephone'
  | 'socialCreditCode'
  /** Door, building, entrance, floor and room numbers: full-width digits and letters become half-width. */
  | 'addressPart'

/** Values of one record by field name, as stored: `null` is "not given". */
export type RecordValues = Readonly<Record<string, FieldValue>>

/** The stored value of one field. Dates that mean a day are `YYYY-MM-DD`; lists are rows of the sub-fields. */
export type FieldValue = string | number | boolean | readonly string[] | readonly RecordValues[] | null

type FieldBase = {
  /** The Chinese name on paper and on screen, verbatim from product.md. */
  readonly label: string
  /** Carries 「*」 and refuses to be saved empty. */
  readonly required: boolean
  /** A named pure function over the record that makes the field required in some cases only. */
  readonly requiredWhen?: (values: RecordValues) => boolean
  /** A named pure function that says whether the field has a meaning for this record; otherwise it stays empty. */
  readonly appliesWhen?: (values: RecordValues) => boolean
  /** Computed by the program and never typed. */
  readonly isAutomatic: boolean
  /** Identifies or reaches a person: masked in lists unless the role may see it, and every look is logged. */
  readonly isPersonal: boolean
}

export type TextField = FieldBase & {
  readonly kind: 'text'
  readonly format: TextFormat
  /** In code points. */
  readonly maxLength: number
  readonly isMultiline: boolean
}
export type CodeField = FieldBase & {
  readonly kind: 'code'
  readonly dictionary: string
  /** A code the empty form starts with. */
  readonly defaultCode?: string
}
export type CodesField = FieldBase & { readonly kind: 'codes'; readonly dictionary: string }
export type ReferenceField = FieldBase & {
  readonly kind: 'reference'
  readonly register: LookupRegisterName
  /** Fields of the referenced record shown read-only beside the reference. */
  readonly shows: readonly string[]
}
/** Several records of another register, stored as their ids in the order in which they were chosen. */
export type ReferencesField = FieldBase & {
  readonly kind: 'references'
  readonly register: LookupRegisterName
}
export type DateField = FieldBase & {
  readonly kind: 'date'
  /** 「长期」 is a legal value and is stored as that word. */
  readonly allowsLongTerm: boolean
  /** Whether a day after today is a legal value. */
  readonly allowsFuture: boolean
  /** The empty form starts with today. */
  readonly defaultsToToday: boolean
}
export type IntegerField = FieldBase & {
  readonly kind: 'integer'
  readonly minimum: number
  readonly maximum: number
}
export type DecimalField = FieldBase & {
  readonly kind: 'decimal'
  /** Digits after the point. */
  readonly scale: number
  readonly minimum: number
  readonly maximum: number
  readonly unit?: string
}
/** Money is stored as an integer number of fen (分). */
export type MoneyField = FieldBase & {
  readonly kind: 'money'
  readonly maximumFen: number
}
export type BooleanField = FieldBase & { readonly kind: 'boolean' }
/** The value is the lower-case hexadecimal SHA-256 of a stored JPEG. */
export type PhotoField = FieldBase & { readonly kind: 'photo' }
export type ListField = FieldBase & {
  readonly kind: 'list'
  readonly fields: Readonly<Record<string, ListItemField>>
  readonly maximumRows: number
}

/** Fields a row of a list may have: the flat kinds. An automatic one is the program's and stands in no box. */
export type ListItemField = TextField | CodeField | DateField | IntegerField | ReferenceField

export type Field =
  | TextField
  | CodeField
  | CodesField
  | ReferenceField
  | ReferencesField
  | DateField
  | IntegerField
  | DecimalField
  | MoneyField
  | BooleanField
  | PhotoField
  | ListField

/** Registers that other registers refer to and that the look-up therefore indexes. */
export type LookupRegisterName = (typeof LOOKUP_REGISTER_NAMES)[number]
export const LOOKUP_REGISTER_NAMES = [
  'dwelling',
  'employer',
  'coordinator',
  'estate',
  'school',
  'resident',
] as const

type BaseOptions = {
  readonly required?: boolean
  readonly requiredWhen?: (values: RecordValues) => boolean
  readonly appliesWhen?: (values: RecordValues) => boolean
  readonly isAutomatic?: boolean
  readonly isPersonal?: boolean
}

function base(label: string, options: BaseOptions): FieldBase {
  return {
    label,
    required: options.required ?? false,
    isAutomatic: options.isAutomatic ?? false,
    isPersonal: options.isPersonal ?? false,
    ...(options.requiredWhen ? { requiredWhen: options.requiredWhen } : {}),
    ...(options.appliesWhen ? { appliesWhen: options.appliesWhen } : {}),
  }
}

/** Declares a text field; `maxLength` counts code points and defaults to 100. */
export function text(
  label: string,
  options: BaseOptions & { format?: TextFormat; maxLength?: number; isMultiline?: boolean } = {},
): TextField {
  return {
    kind: 'text',
    ...base(label, options),
    format: options.format ?? 'plain',
    maxLength: options.maxLength ?? 100,
    isMultiline: options.isMultiline ?? false,
  }
}

/** Declares a field that holds one code of a dictionary. */
export function code(
  label: string,
  options: BaseOptions & { dictionary: string; defaultCode?: string },
): CodeField {
  return {
    kind: 'code',
    ...base(label, options),
    dictionary: options.dictionary,
    ...(options.defaultCode === undefined ? {} : { defaultCode: options.defaultCode }),
  }
}

/** Declares a field that holds several codes of a dictionary, in code order and without repeats. */
export function codes(label: string, options: BaseOptions & { dictionary: string }): CodesField {
  return { kind: 'codes', ...base(label, options), dictionary: options.dictionary }
}

/** Declares a reference to a record of another register, stored as that record's id. */
export function reference(
  label: string,
  options: BaseOptions & { register: LookupRegisterName; shows?: readonly string[] },
): ReferenceField {
  return {
    kind: 'reference',
    ...base(label, options),
    register: options.register,
    shows: options.shows ?? [],
  }
}

/** Declares references to several records of another register. */
export function references(
  label: string,
  options: BaseOptions & { register: LookupRegisterName },
): ReferencesField {
  return { kind: 'references', ...base(label, options), register: options.register }
}

/** Declares a day. A future day is refused unless `allowsFuture`. */
export function date(
  label: string,
  options: BaseOptions & { allowsLongTerm?: boolean; allowsFuture?: boolean; defaultsToToday?: boolean } = {},
): DateField {
  return {
    kind: 'date',
    ...base(label, options),
    allowsLongTerm: options.allowsLongTerm ?? false,
    allowsFuture: options.allowsFuture ?? false,
    defaultsToToday: options.defaultsToToday ?? false,
  }
}

/** Declares a whole number within inclusive bounds. */
export function integer(
  label: string,
  options: BaseOptions & { minimum?: number; maximum: number },
): IntegerField {
  return { kind: 'integer', ...base(label, options), minimum: options.minimum ?? 0, maximum: options.maximum }
}

/** Declares a decimal number with `scale` digits after the point, within inclusive bounds. */
export function decimal(
  label: string,
  options: BaseOptions & { scale: number; minimum?: number; maximum: number; unit?: string },
): DecimalField {
  return {
    kind: 'decimal',
    ...base(label, options),
    scale: options.scale,
    minimum: options.minimum ?? 0,
    maximum: options.maximum,
    ...(options.unit === undefined ? {} : { unit: options.unit }),
  }
}

/** Declares a photo of at most 200 KiB. */
export function photo(label: string, options: BaseOptions = {}): PhotoField {
  return { kind: 'photo', ...base(label, options), isPersonal: true }
}

/** Declares an amount in yuan, stored in fen; at most `maximumFen`. */
export function money(label: string, options: BaseOptions & { maximumFen: number }): MoneyField {
  return { kind: 'money', ...base(label, options), maximumFen: options.maximumFen }
}

/** Declares a sub-list whose rows have the given flat fields. */
export function list(
  label: string,
  options: BaseOptions & { fields: Readonly<Record<string, ListItemField>>; maximumRows: number },
): ListField {
  return { kind: 'list', ...base(label, options), fields: options.fields, maximumRows: options.maximumRows }
}

/** The names of the fields of a list's row that are typed, in the order of the paper. */
export function typedNamesOf(field: ListField): readonly string[] {
  return Object.entries(field.fields)
    .filter(([, item]) => !item.isAutomatic)
    .map(([name]) => name)
}

/** Ends an exhaustive switch over the field kinds: the compiler refuses the call while a kind is not handled. */
export function unreachableKind(field: never): never {
  throw new Error(`field kind not handled: ${JSON.stringify(field)}`)
}

/** Whether the field must not be empty for these values. */
export function isRequired(field: Field, values: RecordValues): boolean {
  if (field.appliesWhen && !field.appliesWhen(values)) return false
  return field.required || (field.requiredWhen?.(values) ?? false)
}

/** Whether the field holds several entries of one list: chips and a box on the form. */
export function holdsSeveral(field: Field): field is CodesField | ReferencesField {
  return field.kind === 'codes' || field.kind === 'references'
}

/** The ids a reference or references field holds. */
export function idsOf(value: FieldValue | undefined): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
}

/** Whether a stored value counts as empty. */
export function isEmptyValue(value: FieldValue | undefined): value is null | undefined | '' | readonly [] {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}
