import { listEntriesWithDemo } from '../../../tools/demo/list-entries.ts'
import type { PaperForm } from '../../../tools/demo/paper-form.ts'
import { generateDemoRecords, type DemoRecord } from '../../../src-shared/demo/generate-demo.ts'
import type { Field } from '../../../src-shared/fields/field.ts'
import { resident } from '../../../src-shared/registers/resident.ts'
import type { PlainOption, PlainOptions } from './plain-form.tsx'

/** Value of the option that stands for the employer that form 10 registers on the way. */
export const newEmployerValue = 'new-employer'

/**
 * The same entries as the product offers, as options: every dictionary of the form, the demo's 20,000 dwellings, 2,000
 * employers and 40 coordinators. Labels are what is written on paper; places carry the place above them, as there are
 * hundreds of 市辖区. The employer that a form registers on the way is there already: a plain form has no way to add it.
 */
export function listPlainOptions(forms: readonly PaperForm[]): PlainOptions {
  const options: Record<string, PlainOption[]> = {}
  for (const dictionary of listDictionaries(Object.values(resident.fields))) {
    options[dictionary] = dictionaryOptions(dictionary)
  }
  const streets = new Map(listEntriesWithDemo('street').map((entry) => [entry.code, entry.name]))
  for (const register of ['dwelling', 'employer', 'coordinator'] as const) {
    const list: PlainOption[] = []
    for (const chunk of generateDemoRecords({ registers: [register] })) {
      for (const record of chunk) list.push({ value: record.id, label: titleOnPaper(record, streets) })
    }
    options[register] = list
  }
  for (const form of forms) {
    const name = form.nested?.fields.find((field) => field.field === 'name')?.paper
    if (name !== undefined) options['employer']?.push({ value: newEmployerValue, label: name })
  }
  return options
}

function listDictionaries(fields: readonly Field[]): readonly string[] {
  const names = fields.flatMap((field) => {
    if (field.kind === 'code' || field.kind === 'codes') return [field.dictionary]
    return field.kind === 'list' ? listDictionaries(Object.values(field.fields)) : []
  })
  return [...new Set(names)]
}

function dictionaryOptions(dictionary: string): PlainOption[] {
  const entries = listEntriesWithDemo(dictionary)
  if (dictionary !== 'division') return entries.map((entry) => ({ value: entry.code, label: entry.name }))
  const names = new Map(entries.map((entry) => [entry.code, entry.name]))
  return entries.map((entry) => {
    const above = entry.parent === null ? undefined : names.get(entry.parent)
    return { value: entry.code, label: above === undefined ? entry.name : `${entry.name}(${above})` }
  })
}

function titleOnPaper(record: DemoRecord, streets: ReadonlyMap<string, string>): string {
  const text = (name: string): string => {
    const value = record.values[name]
    return typeof value === 'string' ? value : ''
  }
  if (record.register !== 'dwelling') return text('name')
  const building = text('building') === '' ? '' : `${text('building')}栋${text('entrance')}单元`
  const description = text('commonAddress') === '' ? '' : `(${text('commonAddress')})`
  return `${streets.get(text('streetCode')) ?? ''}${text('doorNumber')}号${building}${text('roomNumber')}${description}`
}
