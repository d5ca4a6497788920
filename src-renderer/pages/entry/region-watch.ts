import type { PermitJudgement } from '../../../src-shared/contract/requests.ts'
import type { RegionState } from '../../../src-shared/contract/types.ts'
import type { FieldValue, RecordValues } from '../../../src-shared/fields/field.ts'
import { canonicalJson } from '../../../src-shared/fields/merge.ts'
import { lateRegistration } from '../../../src-shared/regions/registration-days.ts'
import type { HolidayTable } from '../../../src-shared/regions/working-days.ts'
import type { Rule } from '../../../src-shared/registers/register.ts'

/** What the region's rules read of an application. */
const judgedFields = [
  'applicantId',
  'permitActionCode',
  'permitBasisCode',
  'acceptanceDate',
  'permitTermCode',
] as const

/** Milliseconds after the last change before the backend is asked: a form that is being filled asks once. */
const pauseMs = 150

/**
 * Keeps what the region says of a permit's form up to date while it is typed. Nothing waits for it: a key, a save and the
 * focus go on; the marks come when the answer is there, and only for the values it was asked about.
 */
export type RegionWatch = {
  /** Shows the newest answer as marks; nothing while the values are not those it is about. */
  readonly rule: Rule
  /** A field changed. */
  readonly noteChange: (name: string) => void
  /** The form was filled anew: what was said before is not about it. */
  readonly restart: () => void
  readonly close: () => void
}

export function createRegionWatch(options: {
  readonly values: () => RecordValues
  readonly ask: (values: RecordValues) => Promise<PermitJudgement>
  /** The answer is there: its days are to be shown and the marks judged anew. */
  readonly onAnswer: (judgement: PermitJudgement) => void
}): RegionWatch {
  let answered: { readonly about: string; readonly judgement: PermitJudgement } | undefined
  let asked: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  function schedule(): void {
    clearTimeout(timer)
    timer = setTimeout(askNow, pauseMs)
  }
  function askNow(): void {
    clearTimeout(timer)
    timer = undefined
    const values = options.values()
    const about = signatureOf(values)
    if (about === asked) return
    asked = about
    options.ask(judgedOf(values)).then(
      (judgement) => {
        if (isClosed || asked !== about) return
        answered = { about, judgement }
        options.onAnswer(judgement)
      },
      // Not being told while typing is no reason to stop the clerk; the save judges for itself.
      () => {
        if (asked === about) asked = undefined
      },
    )
  }
  return {
    rule: {
      name: 'regionAllowsPermit',
      check: (values) =>
        answered && answered.about === signatureOf(values) ? answered.judgement.breaches : [],
    },
    noteChange(name) {
      if (!judgedFields.some((each) => each === name)) return
      schedule()
    },
    restart() {
      asked = undefined
      answered = undefined
      schedule()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

function judgedOf(values: RecordValues): Record<string, FieldValue> {
  return Object.fromEntries(judgedFields.map((name) => [name, values[name] ?? null]))
}

function signatureOf(values: RecordValues): string {
  return canonicalJson(judgedOf(values))
}

/** What the foot line says of a resident who is registered late; null where in time or already stored. */
export function lateRegistrationOf(values: RecordValues, today: string, region: RegionState): string | null {
  const { known, holidays, workingWeekendDays } = region.holidays
  const table: HolidayTable = {
    known: new Set(known),
    holidays: new Set(holidays),
    workingWeekendDays: new Set(workingWeekendDays),
  }
  return lateRegistration(values, today, region.profile, table)
}
