import { addDays, countDaysBetween } from '../values/calendar-date.ts'
import { computeCitizenIdCheckCharacter } from '../values/citizen-id-number.ts'
import { demoOrigins } from './origins.ts'
import type { Random } from './random.ts'

/** Invented people: names, numbers with valid check characters, telephones. Nobody real is meant. */

const surnames = [
  ...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤',
]
/** Surnames that are read in another way than usual, compound ones, and ones that many input methods lack. */
const unusualSurnames = [
  ...'单解仇朴查盖翟尉区曲任召缪盛隗燕宁覃牟繁乐',
  '欧阳',
  '尉迟',
  '万俟',
  '令狐',
  '上官',
  '长孙',
  '𠮷',
  '㛃',
  '䶮',
]
const maleCharacters = [
  ...'伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林江海山峰建国志文博立东长重乐行',
]
const femaleCharacters = [
  ...'芳娜敏静丽艳娟霞秀燕玲桂英丹萍红玉兰洁梅琳雪慧莹婷倩颖露瑶怡佳悦欣雨梦思晴朵茜薇',
]
const rareCharacters = [...'𠮷㛃䶮堃喆淼犇昇翀赟㵾镕玥祎旻昀']
const dottedGivenNames = {
  male: ['买买提', '吐尔逊', '艾力', '库尔班'],
  female: ['阿依古丽', '古丽娜', '帕提古丽', '热依汗'],
}
const dottedFamilyNames = ['热合曼', '司马义', '阿不都拉', '玉素甫', '托合提']
const foreignNames = [
  'NGUYEN THI HOA',
  'PARK MINSU',
  'JOHN MILLER',
  'MARIA SANTOS',
  'OLGA PETROVA',
  'SOMCHAI JAIDEE',
]

/** GB/T 2261.1 as far as people are invented. */
export type DemoSexCode = '1' | '2'

/** Who is invented: the name and the group in GB/T 3304. */
export interface DemoName {
  readonly name: string
  readonly ethnicGroupCode: string
}

/** A name; about one in fifty holds a rare character, one in twenty a surname with an unusual reading. */
export function inventName(random: Random, sexCode: DemoSexCode): DemoName {
  if (random.chance(0.01)) {
    const given = random.pick(sexCode === '1' ? dottedGivenNames.male : dottedGivenNames.female)
    return { name: `${given}·${random.pick(dottedFamilyNames)}`, ethnicGroupCode: '05' }
  }
  const surname = random.chance(0.05) ? random.pick(unusualSurnames) : random.pick(surnames)
  const characters = sexCode === '1' ? maleCharacters : femaleCharacters
  const first = random.pick(characters)
  const second = random.chance(0.75) ? random.pick(characters) : ''
  const given = random.chance(0.02) ? first + random.pick(rareCharacters) : first + second
  return {
    name: surname + given,
    ethnicGroupCode: random.chance(0.92) ? '01' : inventEthnicGroupCode(random),
  }
}

function inventEthnicGroupCode(random: Random): string {
  return random.pick(['02', '03', '04', '06', '07', '08', '09', '10', '11', '12', '13', '15', '18', '20'])
}

/** The name in a foreign passport. */
export function inventForeignName(random: Random): string {
  return random.pick(foreignNames)
}

const firstBirthDate = '1964-01-01'
const lastBirthDate = '2008-12-31'
const birthDayCount = countDaysBetween(firstBirthDate, lastBirthDate) + 1
const sequenceCount = 499
/** How many different people of each sex {@link inventIdentity} can tell apart. */
const identityCount = birthDayCount * sequenceCount * demoOrigins.length
/** A prime, hence without a common factor with {@link identityCount}: multiplying by it shuffles without repeating. */
const shuffle = 179_424_673

/** What an ID card says beside the name. */
export interface DemoIdentity {
  readonly citizenIdNumber: string
  readonly divisionCode: string
  readonly birthDate: string
  /** Name of the division, from the province down. */
  readonly place: string
}

/**
 * The person with a number of order: different orders (0 to some 780 million) give different ID numbers, sixteen years of age or more
 * on 2025-01-01.
 */
export function inventIdentity(order: number, sexCode: DemoSexCode): DemoIdentity {
  const shuffled = Number((BigInt(order) * BigInt(shuffle)) % BigInt(identityCount))
  const sequence = (shuffled % sequenceCount) * 2 + (sexCode === '1' ? 1 : 2)
  const rest = Math.floor(shuffled / sequenceCount)
  const birthDate = addDays(firstBirthDate, rest % birthDayCount)
  const [divisionCode, place] = demoOrigins[Math.floor(rest / birthDayCount)] ?? ['110105', '北京市朝阳区']
  return {
    citizenIdNumber: formatCitizenIdNumber(divisionCode, birthDate, sequence),
    divisionCode,
    birthDate,
    place,
  }
}

/** An ID number with its check character. `sequence` is 1–999, odd for male. */
export function formatCitizenIdNumber(divisionCode: string, birthDate: string, sequence: number): string {
  const digits = divisionCode + birthDate.replaceAll('-', '') + String(sequence).padStart(3, '0')
  return digits + computeCitizenIdCheckCharacter(digits)
}

/** A mobile number whose middle is 0000, as no subscriber is likely to have one. */
export function inventTelephone(random: Random): string {
  return `1${random.pick(['33', '35', '38', '50', '77', '89', '99'])}0000${String(random.below(10_000)).padStart(4, '0')}`
}
