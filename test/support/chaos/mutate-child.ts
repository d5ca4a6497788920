// Loaded before a program by `node --import`: source files are read with the faults that JUFUTONG_MUTATION names put into them. The
// files themselves are not touched. A text that is not there exactly once ends the program: the mutation has to follow the code.
import { registerHooks } from 'node:module'
import type { SourceChange } from './start-child.ts'

const changes = JSON.parse(process.env['JUFUTONG_MUTATION'] ?? '[]') as readonly SourceChange[]
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const here = changes.filter((change) => url.endsWith(change.file))
    if (here.length === 0) return loaded
    let source = String(loaded.source)
    for (const { file, from, to } of here) {
      if (source.split(from).length !== 2) throw new Error(`mutation: ${file} has not exactly one «${from}»`)
      source = source.replace(from, () => to)
    }
    return { ...loaded, source }
  },
})
