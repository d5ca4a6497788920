import { z } from 'zod'

/**
 * A region profile (地区规定): what the rules of a province or city say about registration and residence permits, as data.
 * One file each below `dictionaries/regions`; its name without the ending is the profile's id.
 */

const code = z.string().regex(/^[0-9A-Za-z]{1,10}$/)
const count = z.int().min(0).max(3_660)

/** What a resident's record must say for a ground of application (申领依据). */
const ground = z.strictObject({
  /** 就业状况: one of these. */
  employmentStatusCodes: z.array(code).min(1).exactOptional(),
  /** 住所类别: one of these. */
  residenceTypeCodes: z.array(code).min(1).exactOptional(),
})

/** The text of a profile's file. */
export const regionFile = z.strictObject({
  /** Named in every message that comes from the profile: 〈…〉. */
  name: z.string().min(1).max(40),
  /** Regulation and article, and what is the project's own word. */
  source: z.string().min(1).max(1_000),
  /** Days after arrival within which a resident is registered. */
  registrationDays: count,
  /** Months of residence before 首次申领. */
  residenceMonths: count,
  /** From acceptance to issue. */
  processing: z.strictObject({ days: count, counts: z.enum(['workingDays', 'calendarDays']) }),
  /** Terms a permit may have (dictionaries/permit-term.csv). */
  permitTermCodes: z.array(code).min(1),
  /** 签注 (or 延期) may be asked for this long before the permit's last day; afterwards it is made up for. */
  endorsement: z.strictObject({
    before: z.union([
      z.strictObject({ months: z.int().min(1).max(24) }),
      z.strictObject({ days: z.int().min(1).max(366) }),
    ]),
  }),
  /** By code of dictionaries/permit-basis.csv; a ground that is not named cannot be used here. */
  grounds: z.record(code, ground),
  /** 到期提醒 begins with this many days unless the clerk says otherwise. */
  reminderDays: z.int().min(1).max(366),
})

export type RegionProfile = z.output<typeof regionFile> & { readonly id: string }

/** The profile that every installation has. */
export const NATIONAL_REGION = 'national'
