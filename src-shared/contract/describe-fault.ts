/**
 * A fault as it stands in a log: message and trace. Of a SyntaxError only the trace, because its message quotes the text
 * that could not be read, and that may be a person's.
 */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const trace = error.stack ?? `${error.name}: ${error.message}`
  if (!(error instanceof SyntaxError)) return trace
  const frames = trace.split('\n').filter((line) => /^\s+at /.test(line))
  return ['SyntaxError', ...frames].join('\n')
}
