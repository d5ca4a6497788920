/**
 * A SHA-256 fingerprint for reading aloud: 16 groups of four capital hexadecimal digits, in four lines of four groups
 * when printed. Colons and blanks of the input are left out.
 */
export function groupFingerprint(fingerprint: string): string {
  const digits = fingerprint.replaceAll(/[^0-9A-Fa-f]/g, '').toUpperCase()
  return (digits.match(/.{1,4}/g) ?? []).join(' ')
}
