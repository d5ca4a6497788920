import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = new URL('../../', import.meta.url).pathname

/** Every use of the field kinds: one exhaustive switch each. A new use belongs in this list. */
const USES = [
  'src-shared/fields/columns.ts',
  'src-shared/fields/parse.ts',
  'src-shared/fields/check.ts',
  'src-shared/fields/display.ts',
  'src-shared/fields/filter.ts',
  'src-shared/fields/merge.ts',
  'src-renderer/forms/field-input.tsx',
  'src-renderer/forms/input-of.ts',
  'src-renderer/forms/raw-keys.ts',
  'src-renderer/tables/field-column.ts',
  'src-renderer/tables/field-filter.ts',
]

it('a new field kind stops the compiler at every use', () => {
  const copy = mkdtempSync(join(tmpdir(), 'jufutong-kinds-'))
  try {
    for (const path of ['tsconfig.base.json', 'src-shared', 'src-renderer'])
      cpSync(join(root, path), join(copy, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const declaration = join(copy, 'src-shared/fields/field.ts')
    const source = readFileSync(declaration, 'utf8')
    const changed = source.replace(
      'export type Field =\n',
      "export type ColourField = FieldBase & { readonly kind: 'colour' }\nexport type Field =\n  | ColourField\n",
    )
    expect(changed).not.toBe(source)
    writeFileSync(declaration, changed)
    const compiler = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'src-renderer'],
      {
        cwd: copy,
        encoding: 'utf8',
      },
    )
    expect(compiler.status).not.toBe(0)
    for (const use of USES) expect(compiler.stdout).toContain(`${use}(`)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
