/** One identifier of a text and the line (from 1) it stands on. */
export type Identifier = { readonly text: string; readonly line: number }

/**
 * The identifiers of a TypeScript, JavaScript or SQL text, without those in comments and string literals: what a
 * library's own strings say is not ours to choose. Expressions inside template literals count.
 */
export function listIdentifiers(source: string, language: 'typescript' | 'sql'): readonly Identifier[] {
  const code = language === 'sql' ? blank(source, /--.*|'[^']*'/g) : blankTypeScript(source)
  const found: Identifier[] = []
  code.split('\n').forEach((line, index) => {
    for (const match of line.matchAll(/[A-Za-z_$][\w$]*/g)) found.push({ text: match[0], line: index + 1 })
  })
  return found
}

/**
 * Splits an identifier or file name into its words, lower case: `parseHTTPBody_v2` → parse, http, body, v2.
 */
export function wordsOf(identifier: string): readonly string[] {
  return identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}

// A quoted string ends at its line at the latest, so a quote inside a regular expression spoils one line at most.
const literals =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|\$\{[^}]*\}|[^`\\])*`/g

function blankTypeScript(source: string): string {
  return source.replaceAll(literals, (literal) => {
    if (!literal.startsWith('`')) return keepLines(literal)
    const expressions = [...literal.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1] ?? '')
    return `${expressions.join(' ').replaceAll('\n', ' ')}${keepLines(literal)}`
  })
}

function blank(source: string, pattern: RegExp): string {
  return source.replaceAll(pattern, keepLines)
}

function keepLines(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}
