import { expect, test } from 'vitest'
import { createCommands } from '../../../tools/reader-simulator/simulator-commands.ts'
import { getPerson } from '../../../tools/reader-simulator/simulated-people.ts'
import { createSimulatedReader } from '../../../tools/reader-simulator/simulated-reader.ts'

function makeStage() {
  const reader = createSimulatedReader()
  const printed: string[] = []
  const plugs: string[] = []
  const line = {
    path: 'tcp://127.0.0.1:1',
    unplug: () => Promise.resolve(void plugs.push('unplug')),
    plug: () => Promise.resolve(void plugs.push('plug')),
    close: () => Promise.resolve(),
  }
  const type = createCommands({
    reader,
    lines: [line],
    print: (text) => printed.push(text),
    pause: () => Promise.resolve(),
  })
  return { reader, printed, plugs, type }
}

test('a trainer puts people on by number, by name, one after another, and takes them away', async () => {
  const { reader, printed, type } = makeStage()
  await type('on 6')
  expect(reader.card()?.fields).toEqual(getPerson(6))
  const { name } = getPerson(8)
  await type(`放 ${name}`)
  expect(reader.card()?.fields.name).toBe(name)
  await type('拿')
  expect(reader.card()).toBeNull()
  await type('on 没有的人')
  expect(printed.at(-1)).toContain('用 list 查看')
  await type('连放 3')
  expect(printed.filter((line) => line.startsWith('已放上'))).toHaveLength(5)
  expect(reader.card()).toBeNull()
})

test('a trainer makes it go wrong', async () => {
  const { reader, printed, plugs, type } = makeStage()
  await type('mismatch 0')
  const card = reader.card()
  expect(String.fromCharCode(card?.text[30] ?? 0)).not.toBe(getPerson(0).sexCode)
  await type('habit repeating')
  await type('noise 0.5')
  await type('pieces 20 3')
  await type('dead on')
  expect(reader.manners()).toMatchObject({
    habit: 'repeating',
    noiseShare: 0.5,
    pieces: 20,
    pauseMs: 3,
    isDead: true,
  })
  await type('拔')
  await type('plug')
  expect(plugs).toEqual(['unplug', 'plug'])
  await type('error zz')
  expect(printed.at(-1)).toContain('十六进制')
  await type('列表 CAN')
  expect(printed.at(-1)).toContain('外国人永久居留身份证')
  await type('nonsense')
  expect(printed.at(-1)).toContain('没有「nonsense」这个命令')
  expect(await type('status')).toBe(true)
  expect(await type('退出')).toBe(false)
})
