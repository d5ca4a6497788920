/**
 * How a value came into its field. A closed union: a further way stops the compiler where a label is missing.
 *
 * `typed` by the clerk (also chosen from a list) · `card` read from a document by a reader · `pinned` kept from the form
 * before · `default` what an empty form starts with · `copied` from the previous record (F4, Ctrl+D) · `number` worked out of the
 * identity number · `server` came with a pull · `import` read from a file of rows.
 */
export const PROVENANCES = [
  'typed',
  'card',
  'pinned',
  'default',
  'copied',
  'number',
  'server',
  'import',
] as const
export type Provenance = (typeof PROVENANCES)[number]

/** By field. A field that is not named: nobody knows (an older record), and nothing is shown. */
export type RecordProvenance = Readonly<Record<string, Provenance>>

/** The provenance of a stored value, and of one from the server who wrote it and at which station (empty where not known). */
export type ValueProvenance = {
  readonly from: Provenance
  readonly by: string
  readonly station: string
}

export const provenanceLabels: Readonly<Record<Provenance, string>> = {
  typed: '录入',
  card: '读卡',
  pinned: '固定',
  default: '默认',
  copied: '复制',
  number: '由证件号码推得',
  server: '服务器',
  import: '导入',
}

export function isProvenance(value: unknown): value is Provenance {
  return (PROVENANCES as readonly unknown[]).includes(value)
}

/**
 * The part of what an op, a row or a line of the log says about these fields that this program understands: a later version
 * may know further ways.
 */
export function readProvenance(stored: unknown, fields: readonly string[]): RecordProvenance {
  if (typeof stored !== 'object' || stored === null) return {}
  const known = stored as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    fields.flatMap((name) => {
      const value = Object.hasOwn(known, name) ? known[name] : undefined
      return isProvenance(value) ? [[name, value] as const] : []
    }),
  )
}

/**
 * Whether a value that the program has may take the place of a filled field unasked. What a clerk typed, pinned or found stored is
 * never replaced: where a card says otherwise both values are put before the clerk.
 */
export function mayReplace(present: Provenance | null, next: 'number' | 'card'): boolean {
  switch (present) {
    case 'number':
      return true
    case 'card':
    case 'default':
    case 'copied':
      return next === 'card'
    case 'typed':
    case 'pinned':
    case 'server':
    case 'import':
    case null:
      return false
  }
}

/** 来源:服务器(王协管 示例站) */
export function describeProvenance(provenance: ValueProvenance): string {
  const who = [provenance.by, provenance.station].filter((text) => text !== '').join(' ')
  return `来源:${provenanceLabels[provenance.from]}${who === '' ? '' : `(${who})`}`
}
