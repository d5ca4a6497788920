import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

/**
 * For every rule that `npm test` keeps: a small tree with the project's own configuration passes, and the same tree
 * with a breach of the rule does not. A check that silently stops working is noticed here.
 */

const root = join(import.meta.dirname, '..', '..')
const made: string[] = []

afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

type Files = Readonly<Record<string, string>>

const configuration = [
  '.oxlintrc.json',
  '.prettierrc.json',
  '.prettierignore',
  'tsconfig.base.json',
  'tsconfig.json',
]
const layers = [
  'src-shared',
  'migrations',
  'src-main/backend',
  'src-main',
  'src-renderer',
  'src-server',
  'tools',
  'test',
]

/** A tree that keeps every rule; one small file a layer. */
const clean: Files = {
  'src-shared/values/day.ts':
    'export function isDay(text: string): boolean {\n  return text.length === 10\n}\n',
  'src-main/main.ts': "import { app } from 'electron'\n\napp.quit()\n",
  'src-main/backend/backend.ts':
    "import { isDay } from '../../src-shared/values/day.ts'\nimport { openStore } from './database/open-store.ts'\n\nopenStore(isDay('') ? 'a' : 'b')\n",
  'src-main/backend/database/open-store.ts':
    "import Database from 'better-sqlite3'\n\nexport function openStore(path: string): void {\n  new Database(path).close()\n}\n",
  'src-main/bridge/bridge.ts':
    "import { ipcMain } from 'electron'\n\nexport function openBridge(): void {\n  ipcMain.removeAllListeners()\n}\n",
  'src-renderer/page.tsx':
    "import { isDay } from '../src-shared/values/day.ts'\n\nexport function Page() {\n  return <p>{String(isDay(''))}</p>\n}\n",
  'src-server/server.ts': "import { isDay } from '../src-shared/values/day.ts'\n\nconsole.log(isDay(''))\n",
  'migrations/client/0010-start.sql': 'CREATE TABLE resident (id TEXT PRIMARY KEY) STRICT;\n',
  'migrations/client/0020-fill.ts': 'export function fill(): number {\n  return 1\n}\n',
  'tools/run.ts': 'console.log(1)\n',
  'test/unit/day.test.ts':
    "import { expect, test } from 'vitest'\nimport { isDay } from '../../src-shared/values/day.ts'\n\ntest('a day has ten characters', () => {\n  expect(isDay('2024-02-29')).toBe(true)\n})\n",
}

function makeTree(extra: Files = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'jufutong-breaches-'))
  made.push(folder)
  for (const path of configuration) cpSync(join(root, path), join(folder, path))
  for (const layer of layers) {
    mkdirSync(join(folder, layer), { recursive: true })
    cpSync(join(root, layer, 'tsconfig.json'), join(folder, layer, 'tsconfig.json'))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'docs'))
  cpSync(join(root, 'docs', 'GLOSSARY.md'), join(folder, 'docs', 'GLOSSARY.md'))
  writeFileSync(
    join(folder, 'package.json'),
    '{\n  "name": "copy",\n  "private": true,\n  "type": "module"\n}\n',
  )
  for (const [path, text] of Object.entries({ ...clean, ...extra })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Runs a script on this Node inside a tree; answers its exit code and everything it printed. */
function run(folder: string, script: string, scriptArguments: readonly string[]) {
  const done = spawnSync(process.execPath, [join(root, script), ...scriptArguments], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { code: done.status, output: done.stdout + done.stderr, printed: done.stdout }
}

describe('lint', () => {
  const reportShape = z.object({
    diagnostics: z.array(
      z.object({ code: z.string().default(''), filename: z.string().default(''), message: z.string() }),
    ),
  })

  function lint(folder: string): { readonly code: number | null; readonly found: ReadonlySet<string> } {
    const { code, printed } = run(folder, 'node_modules/oxlint/bin/oxlint', [
      '--deny-warnings',
      '--format=json',
    ])
    const { diagnostics } = reportShape.parse(JSON.parse(printed))
    return { code, found: new Set(diagnostics.map((each) => `${each.filename}: ${each.code}`)) }
  }

  /** Rule as the configuration names it → a file that breaks it. Every configured rule must stand here. */
  const ruleBreaches: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
    'typescript/no-explicit-any': {
      path: 'tools/any.ts',
      text: 'export function f(x: any) {\n  return x\n}\n',
    },
    'typescript/no-floating-promises': {
      path: 'tools/floating.ts',
      text: 'export function f() {\n  Promise.resolve(1)\n}\n',
    },
    'typescript/no-misused-promises': {
      path: 'tools/misused.ts',
      text: 'export function f(g: () => Promise<boolean>) {\n  return g() ? 1 : 2\n}\n',
    },
    'typescript/switch-exhaustiveness-check': {
      path: 'tools/switch.ts',
      text: "export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      console.log(x)\n  }\n}\n",
    },
    'typescript/require-array-sort-compare': {
      path: 'tools/sort.ts',
      text: 'export function f(x: number[]) {\n  return x.toSorted()\n}\n',
    },
    'import/no-default-export': { path: 'tools/default.ts', text: 'export default 1\n' },
    'oxc/no-barrel-file': { path: 'tools/barrel.ts', text: "export * from '../src-shared/values/day.ts'\n" },
    'eslint/eqeqeq': { path: 'tools/equal.ts', text: 'export function f(x: number) {\n  return x == 1\n}\n' },
    'eslint/no-unused-expressions': { path: 'tools/expression.ts', text: '1 + 1\n\nexport {}\n' },
    'eslint/no-eval': { path: 'tools/eval.ts', text: "export const x: unknown = eval('1')\n" },
    'eslint/no-var': { path: 'tools/var.ts', text: 'export var x = 1\n' },
    'eslint/prefer-const': { path: 'tools/let.ts', text: 'let x = 1\nconsole.log(x)\n' },
    'react/rules-of-hooks': {
      path: 'src-renderer/hook.tsx',
      text: "import { useState } from 'react'\n\nexport function Part({ is }: { is: boolean }) {\n  if (is) useState(1)\n  return null\n}\n",
    },
    'react/exhaustive-deps': {
      path: 'src-renderer/deps.tsx',
      text: "import { useEffect } from 'react'\n\nexport function Part({ text }: { text: string }) {\n  useEffect(() => {\n    document.title = text\n  }, [])\n  return null\n}\n",
    },
    'vitest/no-focused-tests': {
      path: 'test/unit/focused.test.ts',
      text: "import { expect, test } from 'vitest'\n\ntest.only('x', () => {\n  expect(1).toBe(1)\n})\n",
    },
    'vitest/no-disabled-tests': {
      path: 'test/unit/disabled.test.ts',
      text: "import { expect, test } from 'vitest'\n\ntest.skip('x', () => {\n  expect(1).toBe(1)\n})\n",
    },
    'vitest/valid-expect': {
      path: 'test/unit/valid.test.ts',
      text: "import { expect, test } from 'vitest'\n\ntest('x', () => {\n  expect(1)\n})\n",
    },
    'vitest/no-restricted-vi-methods': {
      path: 'test/unit/mock.test.ts',
      text: "import { expect, test, vi } from 'vitest'\n\nvi.mock('better-sqlite3')\n\ntest('x', () => {\n  expect(1).toBe(1)\n})\n",
    },
    // From the category `correctness`, which is on as a whole.
    'eslint/no-unused-vars': { path: 'tools/unused.ts', text: 'const x = 1\nexport {}\n' },
    'vitest/expect-expect': {
      path: 'test/unit/nothing.test.ts',
      text: "import { test } from 'vitest'\n\ntest('x', () => {\n  console.log(1)\n})\n",
    },
    'typescript/await-thenable': {
      path: 'tools/await.ts',
      text: 'export async function f() {\n  await 1\n}\n',
    },
  }

  /** File, what it must not import. The table of layers in CONTRIBUTING.md, row by row. */
  const forbiddenImports: readonly (readonly [file: string, specifier: string, name?: string])[] = [
    ['src-shared/values/x.ts', '../../src-main/log.ts'],
    ['src-shared/values/x.ts', '../../src-renderer/page.tsx'],
    ['src-shared/values/x.ts', '../../src-server/app.ts'],
    ['src-shared/values/x.ts', 'node:fs'],
    ['src-shared/values/x.ts', 'electron'],
    ['src-shared/values/x.ts', 'react'],
    ['src-shared/values/x.ts', 'antd'],
    ['src-shared/values/x.ts', 'better-sqlite3'],
    ['src-shared/values/x.ts', 'kysely'],
    ['src-main/backend/services/x.ts', 'electron'],
    ['src-main/backend/services/x.ts', 'better-sqlite3'],
    ['src-main/backend/services/x.ts', 'react'],
    ['src-main/backend/services/x.ts', 'fastify'],
    ['src-main/backend/services/x.ts', '../../bridge/bridge.ts'],
    ['src-main/backend/services/x.ts', '../../windows/main-window.ts'],
    ['src-main/backend/services/x.ts', '../../../src-renderer/page.tsx'],
    ['src-main/backend/services/x.ts', '../../../src-server/app.ts'],
    ['src-main/backend/database/x.ts', 'electron'],
    ['src-main/windows/x.ts', 'electron', 'ipcMain'],
    ['src-main/x.ts', 'electron', 'ipcMain'],
    ['src-main/x.ts', './backend/backend.ts'],
    ['src-main/x.ts', 'better-sqlite3'],
    ['src-main/x.ts', 'react'],
    ['src-main/x.ts', '../src-renderer/page.tsx'],
    ['src-main/bridge/x.ts', '../backend/backend.ts'],
    ['src-renderer/x.tsx', 'node:fs'],
    ['src-renderer/x.tsx', 'electron'],
    ['src-renderer/x.tsx', 'better-sqlite3'],
    ['src-renderer/x.tsx', 'axios'],
    ['src-renderer/x.tsx', '../src-main/log.ts'],
    ['src-renderer/x.tsx', '../src-server/app.ts'],
    ['src-renderer/pages/one/x.tsx', '../two/two-page.tsx'],
    ['src-renderer/pages/one/x.tsx', 'electron'],
    ['src-server/x.ts', 'electron'],
    ['src-server/x.ts', 'antd'],
    ['src-server/x.ts', 'better-sqlite3'],
    ['src-server/x.ts', 'pg'],
    ['src-server/x.ts', '../src-main/log.ts'],
    ['src-server/storage/x.ts', '../../src-renderer/page.tsx'],
    ['migrations/client/0030-x.ts', '../../src-shared/values/day.ts'],
    ['migrations/client/0030-x.ts', '../../src-main/log.ts'],
    ['migrations/client/0030-x.ts', 'better-sqlite3'],
    ['src-shared/values/x.ts', '../../tools/run.ts'],
    ['src-server/x.ts', '../test/support/x.ts'],
  ]

  const allowedImports: readonly (readonly [file: string, specifier: string, name?: string])[] = [
    ['src-shared/values/x.ts', 'zod'],
    ['src-shared/values/x.ts', 'pinyin-pro'],
    ['src-shared/values/x.ts', '../values/day.ts'],
    ['src-main/backend/services/x.ts', 'node:fs'],
    ['src-main/backend/services/x.ts', 'kysely'],
    ['src-main/backend/services/x.ts', 'axios'],
    ['src-main/backend/services/x.ts', '../../../src-shared/values/day.ts'],
    ['src-main/backend/database/x.ts', 'better-sqlite3'],
    ['src-main/bridge/x.ts', 'electron', 'ipcMain'],
    ['src-main/windows/x.ts', 'electron', 'BrowserWindow'],
    ['src-renderer/x.tsx', 'react'],
    ['src-renderer/x.tsx', 'antd'],
    ['src-renderer/pages/one/x.tsx', '../../forms/form.tsx'],
    ['src-renderer/pages/one/x.tsx', './one-part.tsx'],
    ['src-server/x.ts', 'fastify'],
    ['src-server/storage/x.ts', 'better-sqlite3'],
    ['src-server/storage/x.ts', 'pg'],
    ['migrations/client/0030-x.ts', 'kysely'],
  ]

  /** One file an import, because a report names only the file. */
  function importFiles(
    imports: typeof forbiddenImports,
  ): readonly { readonly path: string; readonly text: string }[] {
    return imports.map(([file, specifier, name = 'thing'], index) => ({
      path: file.replace(/x(\.tsx?)$/, `x-${String(index)}$1`),
      text: `import { ${name} } from '${specifier}'\n\nconsole.log(${name})\n`,
    }))
  }

  test('a clean tree passes', () => {
    expect(lint(makeTree())).toEqual({ code: 0, found: new Set() })
  })

  test('every configured rule is caught', () => {
    const files = Object.values(ruleBreaches).map(({ path, text }) => [path, text] as const)
    const { code, found } = lint(makeTree(Object.fromEntries(files)))
    expect(code).not.toBe(0)
    const missed = Object.entries(ruleBreaches).filter(([rule, { path }]) => {
      const name = rule.split('/')[1] ?? ''
      return ![...found].some((each) => each.startsWith(`${path}: `) && each.endsWith(`(${name})`))
    })
    expect(missed.map(([rule]) => rule)).toEqual([])
  })

  test('every rule of the configuration has its breach here', () => {
    const levels = z.record(z.string(), z.union([z.string(), z.array(z.unknown())]))
    const parsed = z
      .object({ rules: levels, overrides: z.array(z.object({ rules: levels })) })
      .parse(JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')))
    const configured = [parsed.rules, ...parsed.overrides.map((each) => each.rules)].flatMap((rules) =>
      Object.entries(rules).flatMap(([name, level]) => (level === 'off' ? [] : [name])),
    )
    const tested = new Set([...Object.keys(ruleBreaches), 'no-restricted-imports'])
    expect(configured.filter((name) => !tested.has(name))).toEqual([])
  })

  test('a suppression that suppresses nothing is caught', () => {
    const text = '// oxlint-disable-next-line no-var\nexport const x = 1\n'
    const { code } = lint(makeTree({ 'tools/suppress.ts': text }))
    expect(code).not.toBe(0)
  })

  test('every forbidden import is caught, and no allowed one', () => {
    const forbidden = importFiles(forbiddenImports)
    const allowed = importFiles(allowedImports).map(({ path, text }) => ({
      path: path.replace('x-', 'ok-'),
      text,
    }))
    const tree = makeTree(
      Object.fromEntries([...forbidden, ...allowed].map(({ path, text }) => [path, text])),
    )
    const { found } = lint(tree)
    const reported = new Set(
      [...found].flatMap((each) =>
        each.includes('no-restricted-imports') ? [each.split(': ')[0] ?? ''] : [],
      ),
    )
    const expected = forbidden.map(({ path }) => path)
    expect([...reported].toSorted()).toEqual(expected.toSorted())
  })
})

describe('types', () => {
  const tsc = 'node_modules/typescript/bin/tsc'

  /** What must stop the compiler; each in a file of its own. The number is TypeScript's. */
  const typeBreaches: readonly (readonly [path: string, text: string, number: string])[] = [
    ['src-shared/values/wrong.ts', "export const count: number = 'x'\n", 'TS2322'],
    ['src-shared/values/checked.ts', "export const first: string = ['a'][0]\n", 'TS2322'],
    ['src-shared/values/optional.ts', 'export const x: { a?: string } = { a: undefined }\n', 'TS2375'],
    ['src-shared/values/kind.ts', 'export enum Kind {\n  a,\n}\n', 'TS1294'],
    [
      'src-shared/values/import.ts',
      "import { Size } from './size.ts'\n\nexport const x: Size = 1\n",
      'TS1484',
    ],
    ['src-shared/values/size.ts', 'export type Size = number\nconst y = 1\n', 'TS6133'],
    ['src-shared/values/implicit.ts', 'export function f(x) {\n  return 1\n}\n', 'TS7006'],
    ['src-shared/values/node.ts', 'export const x = process.pid\n', 'TS2591'],
    ['src-shared/values/screen.ts', 'export const x = document.title\n', 'TS2584'],
    [
      'src-shared/values/up.ts',
      "import { app } from '../../src-server/app.ts'\n\nexport const x = app\n",
      'TS6307',
    ],
    ['src-server/app.ts', 'export const app = 1\n', ''],
    ['src-main/backend/screen.ts', 'export const x = document.title\n', 'TS2584'],
    [
      'src-main/backend/up.ts',
      "import { openBridge } from '../bridge/bridge.ts'\n\nopenBridge()\n",
      'TS6307',
    ],
    ['src-main/side.ts', "import { app } from '../src-server/app.ts'\n\nexport const x = app\n", 'TS6307'],
    [
      'src-main/down.ts',
      "import { openStore } from './backend/database/open-store.ts'\n\nopenStore('')\n",
      'TS6307',
    ],
    [
      'src-renderer/node.ts',
      "import { readFileSync } from 'node:fs'\n\nexport const x = readFileSync\n",
      'TS2591',
    ],
    [
      'src-renderer/side.ts',
      "import { app } from '../src-server/app.ts'\n\nexport const x = app\n",
      'TS6307',
    ],
    ['src-server/screen.ts', 'export const x = document.title\n', 'TS2584'],
    ['src-server/side.ts', "import { x } from '../src-renderer/side.ts'\n\nexport const y = x\n", 'TS6307'],
    [
      'migrations/client/0030-up.ts',
      "import { isDay } from '../../src-shared/values/day.ts'\n\nisDay('')\n",
      'TS6307',
    ],
  ]

  test('a clean tree passes', () => {
    expect(run(makeTree(), tsc, ['-b'])).toMatchObject({ code: 0, output: '' })
  })

  test('every breach is caught', () => {
    const tree = makeTree(Object.fromEntries(typeBreaches.map(([path, text]) => [path, text])))
    const { code, output } = run(tree, tsc, ['-b', '--pretty', 'false'])
    expect(code).not.toBe(0)
    const missed = typeBreaches.filter(([path, , number]) => {
      const lines = output.split('\n').filter((line) => line.startsWith(`${path}(`))
      return number !== '' && !lines.some((line) => line.includes(`error ${number}:`))
    })
    expect(missed.map(([path, , number]) => `${path} ${number}`)).toEqual([])
  })
})

describe('format', () => {
  const prettier = 'node_modules/prettier/bin/prettier.cjs'

  test('a clean tree passes, a double quote and a semicolon do not', () => {
    expect(run(makeTree(), prettier, ['--check', '--log-level', 'warn', '.'])).toMatchObject({
      code: 0,
      output: '',
    })
    const { code, output } = run(makeTree({ 'tools/quote.ts': 'export const x = "a";\n' }), prettier, [
      '--check',
      '.',
    ])
    expect(code).toBe(1)
    expect(output).toContain('tools/quote.ts')
  })
})

describe('unused', () => {
  const knip = 'node_modules/knip/bin/knip.js'
  /** Only what the small tree uses; the configuration is the project's own. */
  const manifest = {
    name: 'copy',
    private: true,
    type: 'module',
    dependencies: { 'better-sqlite3': '*', react: '*' },
    devDependencies: { electron: '*', vitest: '*', typescript: '*' },
  }
  const base: Files = {
    'knip.json': readFileSync(join(root, 'knip.json'), 'utf8'),
    'src-main/main.ts':
      "import { app } from 'electron'\nimport { openBridge } from './bridge/bridge.ts'\n\nopenBridge()\napp.quit()\n",
    'src-renderer/app/main.tsx':
      "import { createElement } from 'react'\nimport { Page } from '../page.tsx'\n\nconsole.log(createElement(Page))\n",
    'src-main/preload/preload.ts': 'console.log(1)\n',
  }

  test('a clean tree passes', () => {
    const tree = makeTree({ ...base, 'package.json': JSON.stringify(manifest) })
    expect(run(tree, knip, ['--no-config-hints'])).toMatchObject({ code: 0, output: '' })
  })

  test('a file, an export, a dependency that nobody uses, and one that is not declared', () => {
    const tree = makeTree({
      ...base,
      'package.json': JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, dayjs: '*' } }),
      'src-shared/values/forgotten.ts': 'export const x = 1\n',
      'src-shared/values/day.ts': `${clean['src-shared/values/day.ts'] ?? ''}export const unusedDay = 1\n`,
      'src-server/server.ts': "import axios from 'axios'\n\nconsole.log(axios)\n",
    })
    const { code, output } = run(tree, knip, ['--no-config-hints'])
    expect(code).not.toBe(0)
    expect(output).toMatch(/Unused files[\s\S]*forgotten\.ts/)
    expect(output).toMatch(/Unused exports[\s\S]*unusedDay/)
    expect(output).toMatch(/Unused dependencies[\s\S]*dayjs/)
    expect(output).toMatch(/Unlisted dependencies[\s\S]*axios/)
  })
})

describe('names', () => {
  const checkNames = 'tools/check-names.ts'

  test('a clean tree passes', () => {
    expect(run(root, checkNames, [makeTree()])).toMatchObject({ code: 0, output: '' })
  })

  test('every wrong name is caught', () => {
    const wrong = [
      'src-shared/values/dayUtils.ts',
      'src-shared/values/day-utils.ts',
      'src-main/window-manager.ts',
      'src-renderer/form-helpers.tsx',
      'src-shared/values/index.ts',
      'migrations/client/0025-odd.sql',
      'migrations/client/30-short.sql',
      'migrations/client/0020-again.sql',
      'docs/decisions/no-date.md',
    ]
    const { code, output } = run(root, checkNames, [
      makeTree(Object.fromEntries(wrong.map((path) => [path, 'export {}\n']))),
    ])
    expect(code).toBe(1)
    expect(wrong.filter((path) => !output.includes(path) && !output.includes('0020-fill.ts'))).toEqual([])
    const expected = wrong.filter((path) => path !== 'migrations/client/0020-again.sql')
    expect(expected.filter((path) => !output.includes(path))).toEqual([])
    expect(output).toContain('has the number of migrations/client/0020-again.sql')
  })
})

describe('glossary', () => {
  const checkGlossary = 'tools/check-glossary.ts'

  test('a clean tree passes', () => {
    expect(run(root, checkGlossary, [makeTree()])).toMatchObject({ code: 0, output: '' })
  })

  test('an avoided word is caught in an identifier, a column, a file name and a template, and nowhere else', () => {
    const { code, output } = run(root, checkGlossary, [
      makeTree({
        'src-shared/values/one.ts': 'export const houseNumber = 1\n',
        'src-shared/values/tenant-name.ts': 'export const x = 1\n',
        'src-shared/values/two.ts': 'export const f = (idCardNumber: string) => idCardNumber\n',
        'src-shared/values/three.ts': 'export const f = (x: string) => `a ${x.apartments} b`\n',
        'migrations/client/0040-four.sql': 'CREATE TABLE company (id TEXT) STRICT;\n',
        'src-shared/values/household.ts':
          "// A house in a comment.\nexport const household = 'a house in a text' + `a house in a template`\n",
      }),
    ])
    expect(code).toBe(1)
    const places = output
      .trim()
      .split('\n')
      .map((line) => line.split(': ').slice(0, 2).join(': '))
    expect(places.toSorted()).toEqual([
      'migrations/client/0040-four.sql:1: company',
      'src-shared/values/one.ts:1: houseNumber',
      'src-shared/values/tenant-name.ts:0: tenant-name',
      'src-shared/values/three.ts:1: apartments',
      'src-shared/values/two.ts:1: idCardNumber',
      'src-shared/values/two.ts:1: idCardNumber',
    ])
  })
})
