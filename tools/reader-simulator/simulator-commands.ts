import { maskPersonal } from '../../src-shared/fields/display.ts'
import { cardKindLabels, type CardFields } from '../../src-shared/readers/card-reading.ts'
import { nameOnCard } from '../../src-shared/readers/card-values.ts'
import { makeCard } from './simulated-card.ts'
import { findPerson, getPerson, listPeople, PEOPLE_COUNT } from './simulated-people.ts'
import type { SimulatedReader } from './simulated-reader.ts'
import type { SimulatorLine } from './simulator-lines.ts'

/** What the commands of the simulator work on. */
export type SimulatorStage = {
  readonly reader: SimulatedReader
  /** All lines to it: unplugging ends every one. */
  readonly lines: readonly SimulatorLine[]
  readonly print: (line: string) => void
  readonly pause: (durationMs: number) => Promise<void>
}

export const HELP = [
  '命令(括号内为同义词):',
  '  list [文字] (列表)         列出人员:编号、证件、姓名、号码',
  '  on [编号或姓名] (放)       把证件放在读卡器上;不写为下一个人',
  '  off (拿)                   拿走证件',
  '  auto 张数 [每张秒数] (连放) 一张接一张地放',
  '  mismatch [编号] (不符)     放一张性别、出生日期与号码不符的证件',
  '  error 状态 [次数] (出错)   之后的读证以该状态失败,如 error 41、error 32',
  '  habit quiet|repeating      读后寻卡答 80 或一直答 9F',
  '  noise 比例 (干扰)          0 至 1,应答前带干扰的比例',
  '  pieces 份数 [毫秒] (分片)  应答分成几片发出,片间停顿',
  '  dead on|off (无应答)       读卡器不应答',
  '  unplug (拔)  plug (插)     拔下、插回读卡器',
  '  status (状态)  help (帮助)  quit (退出)',
].join('\n')

const synonyms: Readonly<Record<string, string>> = {
  列表: 'list',
  放: 'on',
  拿: 'off',
  连放: 'auto',
  不符: 'mismatch',
  出错: 'error',
  干扰: 'noise',
  分片: 'pieces',
  无应答: 'dead',
  拔: 'unplug',
  插: 'plug',
  状态: 'status',
  帮助: 'help',
  退出: 'quit',
}

/** Carries out typed lines; answers false when the simulator is to end. */
export function createCommands(stage: SimulatorStage): (line: string) => Promise<boolean> {
  const { reader, print } = stage
  let next = -1

  function putOn(person: CardFields, texts: Readonly<Record<number, string>> = {}): void {
    reader.putOn(makeCard(person, texts))
    print(`已放上:${describePerson(person)}`)
  }

  function choose(choice: string): CardFields | undefined {
    if (choice !== '') return findPerson(choice)
    next = (next + 1) % PEOPLE_COUNT
    return getPerson(next)
  }

  async function putOnMany(count: number, seconds: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const person = choose('')
      if (person) putOn(person)
      await stage.pause(seconds * 700)
      reader.takeAway()
      await stage.pause(seconds * 300)
    }
    print(`已放完 ${count} 张。`)
  }

  return async (line) => {
    const [word = '', ...rest] = line.trim().split(/\s+/)
    const [first = '', second = ''] = rest
    switch (synonyms[word] ?? word.toLowerCase()) {
      case '':
        return true
      case 'list': {
        const people = listPeople(first)
        for (const { index, person } of people.slice(0, 40))
          print(`${String(index).padStart(3)}  ${describePerson(person)}`)
        if (people.length > 40) print(`共 ${people.length} 人,只列出前 40 人;可加姓名中的字查找。`)
        return true
      }
      case 'on': {
        const person = choose(rest.join(' '))
        if (person) putOn(person)
        else print(`没有「${rest.join(' ')}」这个人,用 list 查看。`)
        return true
      }
      case 'off':
        reader.takeAway()
        print('证件已拿走。')
        return true
      case 'auto':
        await putOnMany(Number(first) || 5, Number(second) || 2)
        return true
      case 'mismatch': {
        const person = choose(first)
        if (!person || person.kind === 'foreigner2017') {
          print('请选居民身份证、港澳台居民居住证或新版外国人永久居留身份证。')
          return true
        }
        putOn(person, { 30: person.sexCode === '1' ? '2' : '1', 36: '19700101' })
        return true
      }
      case 'error': {
        const status = Number.parseInt(first, 16)
        if (!(status > 0 && status < 256)) print('状态为两位十六进制数,如 41。')
        else {
          reader.fail(status, 'readCard', Number(second) || 1)
          print(`之后 ${Number(second) || 1} 次读证以 ${first} 失败。`)
        }
        return true
      }
      case 'habit':
        if (first === 'quiet' || first === 'repeating') reader.behave({ habit: first })
        else print('habit quiet 或 habit repeating')
        return true
      case 'noise':
        reader.behave({ noiseShare: Math.min(1, Math.max(0, Number(first) || 0)) })
        return true
      case 'pieces':
        reader.behave({ pieces: Math.max(1, Number(first) || 1), pauseMs: Math.max(0, Number(second) || 0) })
        return true
      case 'dead':
        reader.behave({ isDead: first !== 'off' })
        return true
      case 'unplug':
        for (const each of stage.lines.toReversed()) await each.unplug()
        print('读卡器已拔下。')
        return true
      case 'plug':
        for (const each of stage.lines) await each.plug()
        print('读卡器已插回。')
        return true
      case 'status': {
        const card = reader.card()
        print(card ? `放着:${describePerson(card.fields)}` : '没有放证件。')
        print(JSON.stringify(reader.manners()))
        return true
      }
      case 'quit':
        return false
      case 'help':
        print(HELP)
        return true
      default:
        print(`没有「${word}」这个命令,用 help 查看。`)
        return true
    }
  }
}

/** Kind, name, number of an invented person; the number is masked as everywhere, though it is nobody's. */
function describePerson(person: CardFields): string {
  return `${cardKindLabels[person.kind]} ${nameOnCard(person)} ${maskPersonal(person.documentNumber)} ${person.birthDate}`
}
