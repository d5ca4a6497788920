import { runTool } from './bootstrap/bootstrap.mjs'

await runTool('make-package.ts')
