import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { RegionState } from '../../../src-shared/contract/types.ts'
import {
  NATIONAL_REGION,
  regionFile,
  type RegionProfile,
} from '../../../src-shared/regions/region-profile.ts'
import { holidayFile, holidayTableOf } from '../../../src-shared/regions/holiday-file.ts'
import { NO_HOLIDAYS, type HolidayTable } from '../../../src-shared/regions/working-days.ts'

/** The region profiles of this installation, and what could not be read of them. */
export type Regions = {
  readonly list: readonly RegionProfile[]
  /** The chosen profile; the national one where that is not there. */
  readonly chosen: (id: string) => RegionProfile
  readonly holidays: HolidayTable
  /** What pages are told, with a sentence where the chosen profile is not the one in force. */
  readonly state: (id: string) => RegionState
  /** Each a sentence that names the file. */
  readonly problems: readonly string[]
}

const HOLIDAY_FILE = 'holidays.json'

/** In force where even the national file cannot be read: a client without rules would let everything through. */
const BUILT_IN: RegionProfile = {
  id: NATIONAL_REGION,
  name: '国家居住证暂行条例',
  source: '程序内置:《居住证暂行条例》第二条、第九条、第十条。',
  registrationDays: 7,
  residenceMonths: 6,
  processing: { days: 15, counts: 'workingDays' },
  permitTermCodes: ['10'],
  endorsement: { before: { months: 1 } },
  grounds: {
    '10': { employmentStatusCodes: ['10', '20'] },
    '20': { residenceTypeCodes: ['10', '20', '30', '40', '50', '60', '85', '90'] },
    '30': { employmentStatusCodes: ['60'] },
  },
  reminderDays: 30,
}

/** Reads every profile of `<folder>/*.json` and the holidays. A file that cannot be read is reported; the others load. */
export function loadRegions(folder: string): Regions {
  const problems: string[] = []
  const list: RegionProfile[] = []
  for (const file of listFiles(folder, problems)) {
    if (file === HOLIDAY_FILE) continue
    const profile = readChecked(folder, file, regionFile, problems)
    if (profile) list.push({ id: file.replace(/\.json$/, ''), ...profile })
  }
  const read = readChecked(folder, HOLIDAY_FILE, holidayFile, problems)
  const holidays = read ? holidayTableOf(read) : NO_HOLIDAYS
  const national = list.find(({ id }) => id === NATIONAL_REGION) ?? BUILT_IN
  if (!list.includes(national)) list.push(national)
  list.sort((a, b) => Number(b === national) - Number(a === national) || (a.id < b.id ? -1 : 1))

  function chosen(id: string): RegionProfile {
    return list.find((each) => each.id === id) ?? national
  }
  return {
    list,
    chosen,
    holidays,
    problems,
    state: (id) => ({
      profile: chosen(id),
      choices: list.map(({ id: choice, name, source }) => ({ id: choice, name, source })),
      holidays: {
        known: [...holidays.known],
        holidays: [...holidays.holidays],
        workingWeekendDays: [...holidays.workingWeekendDays],
      },
      problems: [
        ...problems,
        ...(chosen(id).id === id
          ? []
          : [`选定的地区规定「${id}」没有载入,现按〈${national.name}〉办理。请在首选项重新选择。`]),
      ],
    }),
  }
}

function listFiles(folder: string, problems: string[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort()
  } catch (error) {
    problems.push(`地区规定的文件夹无法读取:${messageOf(error)}`)
    return []
  }
}

function readChecked<Output>(
  folder: string,
  file: string,
  schema: z.ZodType<Output>,
  problems: string[],
): Output | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(join(folder, file), 'utf8')))
    if (parsed.success) return parsed.data
    const [first] = parsed.error.issues
    const at = first?.path.join('.') ?? ''
    problems.push(
      `地区规定 ${file} 有误,没有载入:${at === '' ? '' : `「${at}」`}${first?.message ?? ''}。请按 national.json 的样子改正。`,
    )
  } catch (error) {
    problems.push(`地区规定 ${file} 无法读取:${messageOf(error)}`)
  }
  return undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
