import type { DictionaryEntry } from '../dictionaries/types.ts'

/**
 * The invented district of the demo data (演示数据). Its codes begin with 9999, which GB/T 2260 does not give to any place and which no
 * foreigner's permit has (99 is no province).
 */
export const demoDivisionCode = '999901'

const demoCityName = '示例市'
const demoDistrictName = '青禾区(示例)'

const communityNames = [
  '丹心',
  '东风',
  '长乐',
  '重阳',
  '槐花',
  '柳林',
  '石桥',
  '朝晖',
  '百花',
  '双井',
  '乐民',
  '新曲',
  '会仙',
  '银杏',
  '南园',
  '北苑',
  '芦荡',
  '枫桥',
  '望江',
  '松涛',
  '梅溪',
  '竹岭',
  '荷塘',
  '云台',
]
const streetStems = [
  '东风',
  '长安',
  '丹桂',
  '重华',
  '朝阳',
  '槐荫',
  '柳堤',
  '石榴',
  '银杏',
  '双溪',
  '乐山',
  '曲水',
  '会展',
  '南薰',
  '北辰',
  '芦花',
  '枫林',
  '望江',
  '松鹤',
  '梅岭',
  '竹园',
  '荷香',
  '云台',
  '建设',
  '解放',
  '人民',
  '和平',
  '胜利',
  '光明',
  '文化',
]
const streetKinds = ['路', '街', '巷', '里']

/** How many of everything the invented district has. */
export interface DemoSize {
  readonly communities: number
  readonly streets: number
  readonly coordinators: number
  readonly employers: number
  readonly dwellings: number
  readonly residents: number
  // Of these there are none unless said.
  readonly estates?: number
  readonly schools?: number
  readonly minors?: number
  readonly residencePermits?: number
  readonly leases?: number
  readonly inspections?: number
  readonly serviceRequests?: number
}

/** The set that 帮助 loads. */
export const standardDemoSize: DemoSize = {
  communities: 12,
  streets: 120,
  coordinators: 40,
  employers: 2000,
  dwellings: 20_000,
  residents: 10_000,
  estates: 60,
  schools: 30,
  minors: 1200,
  residencePermits: 1500,
  leases: 2000,
  inspections: 1500,
  serviceRequests: 400,
}

/** Entries the demo adds to the tables that come from the server, and to the divisions. */
export interface DemoDictionaries {
  readonly division: readonly DictionaryEntry[]
  readonly community: readonly DictionaryEntry[]
  readonly street: readonly DictionaryEntry[]
}

/** The demo's own dictionary entries. Code and name depend on the number alone, so a larger district contains the smaller one. */
export function listDemoDictionaries(size: DemoSize = standardDemoSize): DemoDictionaries {
  return {
    division: [entry('999900', demoCityName, null), entry(demoDivisionCode, demoDistrictName, '999900')],
    community: Array.from({ length: size.communities }, (_, index) =>
      entry(getDemoCommunityCode(index), `${getName(communityNames, index)}社区`, null),
    ),
    street: Array.from({ length: size.streets }, (_, index) =>
      entry(getDemoStreetCode(index), getDemoStreetName(index), null),
    ),
  }
}

/** Code of the community with a number from 0. */
export function getDemoCommunityCode(index: number): string {
  return `${demoDivisionCode}001${String(index + 1).padStart(3, '0')}`
}

/** Code of the street with a number from 0. */
export function getDemoStreetCode(index: number): string {
  return `${demoDivisionCode}${String(index + 1).padStart(4, '0')}`
}

/** Name of the street with a number from 0: 东风路, …, 东风街, … */
export function getDemoStreetName(index: number): string {
  const kind = streetKinds[Math.floor(index / streetStems.length) % streetKinds.length] ?? ''
  const round = Math.floor(index / (streetStems.length * streetKinds.length))
  const stem = streetStems[index % streetStems.length] ?? ''
  return round === 0 ? stem + kind : `${stem}${kind}${round + 1}段`
}

function getName(names: readonly string[], index: number): string {
  const round = Math.floor(index / names.length)
  return `${names[index % names.length] ?? ''}${round === 0 ? '' : `第${round + 1}`}`
}

function entry(code: string, name: string, parent: string | null): DictionaryEntry {
  return { code, name, parent, mnemonic: null, validFrom: null, validTo: null }
}
