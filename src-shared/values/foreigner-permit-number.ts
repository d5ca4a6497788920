/**
 * The 15 characters of a 外国人永久居留身份证 issued before December 2023: three letters of the country, four digits of the
 * place, the birth date in six digits, two more. Such cards stay valid beside the new ones with a number of 18.
 */

/** The two digits of the year, month and day in an old number, or undefined when the text is none. */
export function findOldPermitNumber(
  number: string,
): { readonly countryCode: string; readonly birthDigits: string } | undefined {
  const match = /^([A-Z]{3})\d{4}(\d{6})\d{2}$/.exec(number)
  return match?.[1] !== undefined && match[2] !== undefined
    ? { countryCode: match[1], birthDigits: match[2] }
    : undefined
}
