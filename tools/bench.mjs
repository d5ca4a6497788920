import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('run-benchmarks.ts')
