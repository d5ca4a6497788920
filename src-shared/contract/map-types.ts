/** Shapes of 房屋示意图: what the page that walks 社区 → 小区(或门牌) → 楼栋 → 房屋 → 人员 is told. */
import type { BuildingDeclaration, PlacedDwelling } from '../building-map/lay-out-building.ts'
import type { Occupancy } from '../building-map/occupancy.ts'
import type { RecordStatus, RegisterName } from '../registers/register.ts'

/** Where dwellings stand together: an estate, or a door number outside of estates. */
export type MapSite =
  | { readonly kind: 'estate'; readonly communityCode: string; readonly estateId: string }
  | {
      readonly kind: 'door'
      readonly communityCode: string
      readonly streetCode: string
      readonly doorNumber: string
    }

/** A level above the building. */
export type MapPlace =
  { readonly kind: 'all' } | { readonly kind: 'community'; readonly communityCode: string } | MapSite

/** What stands below a place. Dwellings: valid ones, those let and vacant among them. People: 在住. */
export type MapCounts = {
  readonly dwellings: number
  readonly vacant: number
  readonly rented: number
  readonly cancelled: number
  readonly residents: number
  readonly minors: number
  /** 待办 and 办理中. */
  readonly requests: number
  /** 待整改, the overdue ones included. */
  readonly hazards: number
  readonly overdue: number
}

/** One line of a level: a community, an estate or door number, a building. */
export type MapLine = {
  /** Unique among the lines of its level. */
  readonly key: string
  readonly label: string
  /** Pinyin initials of the label by every reading, for finding by typing. */
  readonly initials: readonly string[]
  /** What Enter opens: the level below, or a building of the place (its key). */
  readonly opens:
    | { readonly kind: 'place'; readonly place: MapPlace }
    | { readonly kind: 'building'; readonly site: MapSite; readonly building: string }
  readonly counts: MapCounts
  /** Dwellings the estate's record says there are (楼栋: 单元数 × 层数 × 每层户数); null where it says nothing. */
  readonly declared: number | null
}

export type MapCrumb = { readonly label: string; readonly place: MapPlace }

export type MapLevel = {
  /** From the top to the place itself. */
  readonly crumbs: readonly MapCrumb[]
  readonly lines: readonly MapLine[]
}

/** One dwelling of a building. */
export type MapDwelling = PlacedDwelling & {
  readonly occupancy: Occupancy
  /** 使用情况 in words. */
  readonly useLabel: string
  readonly residents: number
  readonly minors: number
  readonly requests: number
  readonly hazards: number
  readonly overdue: number
}

export type MapBuilding = {
  readonly crumbs: readonly MapCrumb[]
  readonly label: string
  readonly declaration: BuildingDeclaration | null
  readonly dwellings: readonly MapDwelling[]
  /** What a new dwelling here begins with: text and stored value by field of 房屋. */
  readonly prefill: Readonly<Record<string, { readonly text: string; readonly value: string }>>
}

/** One line of what a dwelling has: a person, a lease, a request, a hazard. */
export type MapItem = {
  readonly register: RegisterName
  readonly id: string
  readonly title: string
  readonly detail: string
  readonly status: RecordStatus
  readonly statusLabel: string
}

/** 房屋 → 人员: who lives there, and what is open. Reading it is logged. */
export type MapHousehold = {
  readonly id: string
  readonly title: string
  readonly occupancy: Occupancy
  readonly useLabel: string
  readonly groups: readonly {
    readonly label: string
    readonly total: number
    /** At most 200. */
    readonly items: readonly MapItem[]
  }[]
}
