import type { Field, RecordValues } from '../fields/field.ts'
import type { Flow } from './flow.ts'

/** A broken rule across fields: the field the red question mark stands beside, and the sentence it shows. */
export type RuleBreach = { readonly field: string; readonly message: string }

/** What a rule may know beside the record: nothing that differs between client and server for the same act. */
export type RuleContext = {
  /** The day of the act at the place of work, `YYYY-MM-DD`. */
  readonly today: string
}

/** A named pure rule over one record. It is only asked when the fields it reads are individually valid. */
export type Rule = {
  readonly name: string
  readonly check: (values: RecordValues, context: RuleContext) => readonly RuleBreach[]
}

/** The names of the registers, one word each in every layer. */
export type RegisterName = (typeof REGISTER_NAMES)[number]

/** Every register's name, in the order of the menus. */
export const REGISTER_NAMES = [
  'resident',
  'minor',
  'school',
  'dwelling',
  'coordinator',
  'estate',
  'employer',
  'residencePermit',
  'lease',
  'inspection',
  'serviceRequest',
] as const

/** Every register's name, what is referred to before what refers to it. */
export const REGISTERS_BY_REFERENCE = [
  'coordinator',
  'estate',
  'school',
  'employer',
  'dwelling',
  'resident',
  'minor',
  'residencePermit',
  'lease',
  'inspection',
  'serviceRequest',
] as const satisfies readonly RegisterName[]

/** The registers whose records go from stage to stage: those with a flow. */
export const FLOW_REGISTER_NAMES = [
  'residencePermit',
  'lease',
  'inspection',
  'serviceRequest',
] as const satisfies readonly RegisterName[]
export type FlowRegisterName = (typeof FLOW_REGISTER_NAMES)[number]

/** `active` is 在住/有效, `cancelled` is 已注销. */
export type RecordStatus = 'active' | 'cancelled'

export type Register = {
  readonly name: RegisterName
  /** Table name: the register's name in snake_case. */
  readonly table: string
  /** The Chinese name: 流动人员, 房屋, … */
  readonly label: string
  /** Stored with each record: old records are not judged again by newer rules. */
  readonly version: number
  /** What the two statuses are called on screen. */
  readonly statusLabels: Readonly<Record<RecordStatus, string>>
  /** Fields that together name the thing in the world; not unique across stations. Empty values do not count. */
  readonly naturalKey: readonly string[]
  /** Fields that only mean something together (type and number, from and to): an unseen change of one concerns all. */
  readonly mergeGroups?: readonly (readonly string[])[]
  /** Fields that make up the record's title in lists, tabs and messages. */
  readonly title: readonly string[]
  /** The text field whose pinyin initials can be searched in a query, if any. */
  readonly nameField: string
  readonly fields: Readonly<Record<string, Field>>
  readonly rules: readonly Rule[]
  /** The stages its records go through, if any. */
  readonly flow?: Flow
  /** What 注销 asks: a record of its own with its own checks. */
  readonly cancellation: Readonly<Record<string, Field>>
}

/** Checks a declaration's inner references at compile time of its literal and gives it its name. */
export function defineRegister<const R extends Register>(register: R): R {
  return register
}

/** The stored stage of a record; null where its register has no flow. */
export function stageOf(register: Register, values: RecordValues): string | null {
  const stage = register.flow ? values[register.flow.field] : null
  return typeof stage === 'string' ? stage : null
}

/** The declared field of a register. @throws Error when the register has no such field. */
export function getField(register: Register, name: string): Field {
  const field = register.fields[name]
  if (!field) throw new Error(`register ${register.name} has no field ${name}`)
  return field
}
