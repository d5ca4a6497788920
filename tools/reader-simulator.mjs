import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('reader-simulator.ts')
