import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allCommands, menus, menuShortcut } from '../../../../src-renderer/app/commands.ts'
import { listKeyGroups } from '../../../../src-renderer/app/key-map.ts'
import * as declared from '../../../../src-renderer/keys/bindings.ts'
import { menuBarKeys, gridKeys, keyContexts, windowKeys } from '../../../../src-renderer/keys/bindings.ts'
import type { Binding, Bindings } from '../../../../src-renderer/keys/press.ts'
import { listActions } from '../../../../src-renderer/pages/query/actions.ts'
import { listQueueActions } from '../../../../src-renderer/pages/sync/queue-actions.ts'
import { REGISTER_NAMES } from '../../../../src-shared/registers/register.ts'

/** Keys that two acts of one place both want, as `key: act, act`. */
function findShared(bindings: Bindings): readonly string[] {
  const owners = new Map<string, string[]>()
  for (const [name, { keys }] of Object.entries(bindings))
    for (const key of keys) owners.set(key, [...(owners.get(key) ?? []), name])
  return [...owners]
    .filter(([, names]) => names.length > 1)
    .map(([key, names]) => `${key}: ${names.join(', ')}`)
}

function shortcuts(
  entries: readonly { readonly label: string; readonly shortcut: string; readonly kind?: string }[],
): Bindings {
  return Object.fromEntries(
    entries.map(({ label, shortcut, kind }) => [
      // The steps of a flow are all of one kind.
      kind === undefined || kind === 'step' ? label : kind,
      { keys: [shortcut], does: label },
    ]),
  )
}

/** What is heard wherever the focus is. */
const everywhere: Bindings = {
  ...shortcuts(allCommands),
  ...shortcuts(menus.map((menu) => ({ label: menu.label, shortcut: menuShortcut(menu) }))),
  ...menuBarKeys,
  ...windowKeys,
}

/** The acts a look-up's box hears are shared with its open list, which is asked first; tried one after the other. */
const askedInOrder: ReadonlySet<Binding> = new Set([declared.lookupKeys.move, declared.lookupKeys.takeOne])

describe('no two acts of one place share a key', () => {
  it('everywhere in the window', () => {
    expect(Object.keys(everywhere).length).toBeGreaterThan(20)
    expect(findShared(everywhere)).toEqual([])
  })

  it.each(keyContexts.map((context, index) => [`${index} ${context.title}`, context.bindings] as const))(
    'in %s',
    (_, bindings) => {
      const own = Object.fromEntries(Object.entries(bindings).filter(([, each]) => !askedInOrder.has(each)))
      expect(findShared(own)).toEqual([])
    },
  )

  it.each(REGISTER_NAMES)('among the actions of a query for %s, and with its list', (register) => {
    // An action of the same name is the list's own act.
    const actions = listActions(register, { mayWrite: true, statuses: ['active', 'cancelled'], stages: null })
    expect(findShared(shortcuts(actions))).toEqual([])
    const isOwn = ({ kind }: { readonly kind: string }): boolean => !Object.hasOwn(gridKeys, kind)
    for (const { kind, shortcut } of actions.filter((action) => !isOwn(action)))
      expect((gridKeys as Bindings)[kind]?.keys).toContain(shortcut)
    expect(findShared({ ...gridKeys, ...declared.queryKeys, ...shortcuts(actions.filter(isOwn)) })).toEqual(
      [],
    )
  })

  it.each(['pending', 'held', 'setAside'] as const)('among the actions of the queue (%s)', (state) => {
    const actions = listQueueActions([state], { send: true }).filter(({ kind }) => kind !== 'open')
    expect(findShared({ ...gridKeys, ...declared.queueKeys, ...shortcuts(actions) })).toEqual([])
  })

  it('no place takes a key that is heard everywhere without saying so', () => {
    const places = [
      ...keyContexts
        .map(({ bindings }) => bindings)
        .filter((each) => each !== windowKeys && each !== menuBarKeys),
      ...REGISTER_NAMES.map((register) =>
        shortcuts(listActions(register, { mayWrite: true, statuses: ['active', 'cancelled'], stages: null })),
      ),
      shortcuts(listQueueActions(['setAside'], { send: true })),
    ]
    const taken = places.flatMap((bindings) =>
      Object.entries(bindings)
        .filter(([, each]) => each.isInner !== true)
        .flatMap(([name, each]) =>
          findShared({ ...everywhere, [`here ${name}`]: each }).filter((line) => line.includes('here ')),
        ),
    )
    expect(taken).toEqual([])
  })

  it('the search finds a shared key', () => {
    expect(findShared({ a: { keys: ['F5', 'Esc'], does: '' }, b: { keys: ['Esc'], does: '' } })).toEqual([
      'Esc: a, b',
    ])
  })
})

describe('the page 快捷键', () => {
  const lines = listKeyGroups().flatMap((group) => group.lines)

  it('holds every declared binding, menu entry and action', () => {
    const { keyContexts: _, ...places } = declared
    expect(new Set(keyContexts.map(({ bindings }) => bindings))).toEqual(
      new Set<Bindings>(Object.values(places)),
    )
    const told = new Set(lines.map(({ does }) => does))
    for (const { does } of keyContexts.flatMap(({ bindings }) => Object.values(bindings)))
      expect(told).toContain(does)
    for (const { label } of menus.flatMap((menu) => menu.commands)) expect(told).toContain(label)
    for (const register of REGISTER_NAMES)
      for (const { kind, label } of listActions(register, {
        mayWrite: true,
        statuses: ['active', 'cancelled'],
        stages: null,
      }))
        if (!Object.hasOwn(gridKeys, kind)) expect(told).toContain(label)
  })

  it('says each key of a place once', () => {
    for (const group of listKeyGroups())
      expect(new Set(group.lines.map(({ keys, does }) => `${keys} ${does}`)).size).toBe(group.lines.length)
  })
})

describe('handlers listen to declared keys only', () => {
  const root = join(import.meta.dirname, '..', '..', '..', '..')
  /** The machinery below the bindings, each with what it needs of a raw key. */
  const allowed: Readonly<Record<string, string>> = {
    'src-renderer/forms/ime.ts': 'tells keys of an input method from others',
    'src-renderer/forms/key-queue.ts': 'keeps keys and plays them again, whatever they are',
    'src-renderer/forms/raw-keys.ts': 'the character on a physical key',
    'src-renderer/forms/typed-input.tsx': 'hands the physical key on to raw-keys.ts',
  }
  /** A key's name as a text, alone or with what is held. */
  const keyName =
    /(['"`])(?:(?:Ctrl|Control|Alt|Shift)\+[^'"`$]{1,12}|Enter|Escape|Esc|Tab|Backspace|Delete|Insert|ContextMenu|Arrow(?:Up|Down|Left|Right)|Page(?:Up|Down)|PgUp|PgDn|Home|End|F\d{1,2}|Key[A-Z]|Digit\d|Numpad\w+)\1/g
  /** A key event's own word for its key, taken from it in any way; or a `key` compared with a text. */
  const rawKey =
    /\b(?:event|native|nativeEvent|press|held|keyboardEvent)\.(?:key|code|which)\b|\{[^{}]*\b(?:key|code|keyCode)\b[^{}]*\}\s*=\s*(?:event|native|press)\b|\.key\s*[!=]==?\s*['"`]/g
  /** Where a menu entry or an action is declared with its shortcut, as data. */
  const declaration = /\bshortcut: '|\bopen\('/

  function findRaw(text: string): readonly string[] {
    const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
    const lines = withoutComments.split('\n').filter((line) => !declaration.test(line))
    return [
      ...[...withoutComments.matchAll(rawKey)].map(([match]) => match),
      ...lines.flatMap((line) => [...line.matchAll(keyName)].map(([match]) => match)),
    ]
  }

  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', 'src-renderer'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('src-renderer/keys/'))

  it('in every source of the page', () => {
    expect(files.length).toBeGreaterThan(80)
    const found = files
      .filter((file) => allowed[file] === undefined)
      .flatMap((file) => findRaw(readFileSync(join(root, file), 'utf8')).map((each) => `${file}: ${each}`))
    expect(found).toEqual([])
  })

  it('what is allowed is still needed', () => {
    for (const file of Object.keys(allowed)) {
      expect(files).toContain(file)
      expect(readFileSync(join(root, file), 'utf8')).toMatch(/\.(?:key|code)\b|'(?:Minus|Backspace)'/)
    }
  })

  it('the search finds a handler that compares by itself', () => {
    expect(findRaw("if (event.key === 'Enter') go()")).not.toEqual([])
    expect(findRaw("if (isShortcut(press, 'Ctrl+O')) go()")).toEqual(["'Ctrl+O'"])
    expect(findRaw('const { key, ctrlKey } = event')).not.toEqual([])
    expect(findRaw('// event.key is for others')).toEqual([])
  })
})
