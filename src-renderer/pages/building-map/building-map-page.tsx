import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import type {
  MapBuilding,
  MapCrumb,
  MapHousehold,
  MapLevel,
  MapPlace,
  MapSite,
} from '../../../src-shared/contract/map-types.ts'
import type { PageProps, TabPage } from '../../app/tab.ts'
import { useAppState } from '../../client/app-state.tsx'
import { call, messageOf } from '../../client/call.ts'
import { useSettledChanges } from '../../client/use-settled-changes.ts'
import { Delayed } from '../../components/delayed.tsx'
import { createKeyQueue, pageKeys } from '../../forms/key-queue.ts'
import { mapKeys } from '../../keys/bindings.ts'
import { findPressed } from '../../keys/press.ts'
import { BuildingGrid } from './building-grid.tsx'
import { HouseholdView } from './household-view.tsx'
import { LevelList } from './level-list.tsx'

/** Where the walk is. */
type Spot =
  | { readonly kind: 'level'; readonly place: MapPlace }
  | { readonly kind: 'building'; readonly site: MapSite; readonly building: string }
  | {
      readonly kind: 'household'
      readonly site: MapSite
      readonly building: string
      readonly dwellingId: string
    }

/** What is on screen: a spot with all that it shows, so that one gives way to the next in one frame. */
type Shown =
  | { readonly kind: 'level'; readonly spot: Extract<Spot, { kind: 'level' }>; readonly level: MapLevel }
  | {
      readonly kind: 'building'
      readonly spot: Extract<Spot, { kind: 'building' }>
      readonly building: MapBuilding
    }
  | {
      readonly kind: 'household'
      readonly spot: Extract<Spot, { kind: 'household' }>
      readonly building: MapBuilding
      readonly household: MapHousehold
    }

/** 房屋示意图: 社区 → 小区(或门牌) → 楼栋 → 房屋 → 人员, each level a list or a grid that keys alone walk. */
export function BuildingMapPage(props: PageProps<Extract<TabPage, { kind: 'buildingMap' }>>): ReactNode {
  const { page, isActive, openTab, setTab, closeTab } = props
  const { account } = useAppState()
  const [isOwnStation, setOwnStation] = useState(true)
  const stationCode = isOwnStation ? (account?.stationCode ?? null) : null
  const [shown, setShown] = useState<Shown>()
  const [problem, setProblem] = useState('')
  const root = useRef<HTMLDivElement>(null)
  const [keys] = useState(() => createKeyQueue(pageKeys))
  /** Which line or cell each level was left at: the way back ends where it began. */
  const [lefts] = useState(() => new Map<string, string>())
  const newest = useRef(0)

  const read = useCallback(
    async (spot: Spot): Promise<Shown> => {
      switch (spot.kind) {
        case 'level':
          return { kind: 'level', spot, level: await call('map.level', { place: spot.place, stationCode }) }
        case 'building':
          return {
            kind: 'building',
            spot,
            building: await call('map.building', { site: spot.site, building: spot.building, stationCode }),
          }
        case 'household':
          return {
            kind: 'household',
            spot,
            building: await call('map.building', { site: spot.site, building: spot.building, stationCode }),
            household: await call('map.household', { id: spot.dwellingId }),
          }
      }
    },
    [stationCode],
  )

  const focusShown = useCallback((): void => {
    if (document.querySelector('[aria-modal=true]')) return
    root.current?.querySelector<HTMLElement>('[data-map-focus]')?.focus()
  }, [])

  /** Goes to a spot; keys struck before it is there are its own. */
  const go = useCallback(
    async (findSpot: () => Spot | Promise<Spot>): Promise<void> => {
      newest.current += 1
      const mine = newest.current
      keys.hold()
      try {
        const next = await read(await findSpot())
        if (mine !== newest.current) return
        flushSync(() => {
          setShown(next)
          setProblem('')
        })
        focusShown()
      } catch (error) {
        setProblem(messageOf(error))
      } finally {
        keys.release()
      }
    },
    [read, keys, focusShown],
  )

  const { at } = page
  useEffect(() => {
    void go(async () => {
      if (!at) return { kind: 'level', place: { kind: 'all' } }
      const { site, building } = await call('map.find', at)
      if (at.register === 'dwelling')
        lefts.set(spotKey({ kind: 'building', site, building: building ?? '' }), at.id)
      return building === null ? { kind: 'level', place: site } : { kind: 'building', site, building }
    })
    // Once; the walk is the clerk's.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  /** The same spot anew: what others have changed, or another station's records. The focus stays where it is. */
  const renew = useCallback(async (): Promise<void> => {
    const spot = shown?.spot
    if (!spot) return
    const mine = newest.current
    try {
      const next = await read(spot)
      if (mine === newest.current) setShown(next)
    } catch (error) {
      setProblem(messageOf(error))
    }
  }, [read, shown?.spot])
  useSettledChanges(isActive, () => {
    // Each look at a household is logged: it is not read again by itself.
    if (shown?.kind !== 'household') void renew()
  })
  const shownStation = useRef(stationCode)
  useEffect(() => {
    if (shownStation.current === stationCode) return
    shownStation.current = stationCode
    void renew()
  }, [stationCode, renew])

  const crumbs = crumbsOf(shown)
  // 1栋 or 501 alone names nothing among other tabs.
  const place = crumbs.map(({ label }) => label)
  const title =
    shown === undefined || shown.kind === 'level'
      ? place.at(-1)
      : place.slice(shown.kind === 'building' ? -2 : -3).join(' ')
  const isTop = shown?.kind === 'level' && shown.spot.place.kind === 'all'
  useEffect(() => {
    if (title !== undefined) setTab({ title: isTop ? '房屋示意图' : `示意图 ${title}` })
  }, [title, isTop, setTab])

  const goUp = (): void => {
    if (!shown) return
    const above = crumbs.at(-2)
    if (!above) closeTab()
    else void go(() => above.spot)
  }
  const leave = (key: string): void => {
    if (shown) lefts.set(spotKey(shown.spot), key)
  }
  const dwellingActs = (id: string) => ({
    details: () => openTab({ kind: 'details', register: 'dwelling', recordId: id }),
    modify: () =>
      openTab({ kind: 'entry', register: 'dwelling', recordIds: [id], draftId: crypto.randomUUID() }),
    residents: () =>
      openTab({
        kind: 'query',
        register: 'resident',
        conditions: [{ field: 'dwellingId', operator: 'equals', value: id }],
      }),
  })

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229) return
    const pressed = findPressed(event.nativeEvent, mapKeys)
    if (pressed === 'up') goUp()
    else if (pressed === 'reload') void renew()
    else return
    event.preventDefault()
  }

  return (
    <div ref={root} className="building-map" onKeyDown={onKeyDown}>
      <header className="map-head">
        <nav aria-label="所在位置">
          <ol className="map-crumbs">
            {crumbs.map((crumb, index) => (
              <li key={crumb.key}>
                {index < crumbs.length - 1 ? (
                  <button type="button" className="link-button" onClick={() => void go(() => crumb.spot)}>
                    {crumb.label}
                  </button>
                ) : (
                  <span aria-current="location">{crumb.label}</span>
                )}
              </li>
            ))}
          </ol>
        </nav>
        {account ? (
          <label className="map-scope">
            范围
            <select
              className="choice"
              value={isOwnStation ? 'own' : 'all'}
              onChange={(event) => setOwnStation(event.target.value === 'own')}
            >
              <option value="own">本站</option>
              <option value="all">全部</option>
            </select>
          </label>
        ) : null}
      </header>
      {problem === '' ? null : (
        <p className="map-problem problem" role="alert">
          {problem}
        </p>
      )}
      {shown === undefined && problem === '' ? (
        <Delayed>
          <p className="page-loading">正在读取…</p>
        </Delayed>
      ) : null}
      {shown?.kind === 'level' ? (
        <LevelList
          key={spotKey(shown.spot)}
          lines={shown.level.lines}
          kind={shown.spot.place.kind}
          startAt={lefts.get(spotKey(shown.spot))}
          onOpen={(line) => {
            leave(line.key)
            const { opens } = line
            void go(() =>
              opens.kind === 'place'
                ? { kind: 'level', place: opens.place }
                : { kind: 'building', site: opens.site, building: opens.building },
            )
          }}
          onUp={goUp}
        />
      ) : null}
      {shown?.kind === 'building' ? (
        <BuildingGrid
          key={spotKey(shown.spot)}
          building={shown.building}
          startAt={lefts.get(spotKey(shown.spot))}
          actsOf={dwellingActs}
          onOpen={(id) => {
            leave(id)
            const { site, building } = shown.spot
            void go(() => ({ kind: 'household', site, building, dwellingId: id }))
          }}
          onRegister={(texts) => {
            const typed = Object.fromEntries(
              Object.entries(texts).map(([name, text]) => [name, { text, value: text }]),
            )
            // The form sets its own focus, behind the address, only where nobody else has it.
            if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
            openTab({
              kind: 'entry',
              register: 'dwelling',
              recordIds: [],
              draftId: crypto.randomUUID(),
              prefilled: { ...shown.building.prefill, ...typed },
            })
          }}
        />
      ) : null}
      {shown?.kind === 'household' ? (
        <HouseholdView
          key={spotKey(shown.spot)}
          household={shown.household}
          acts={dwellingActs(shown.household.id)}
          openTab={openTab}
        />
      ) : null}
    </div>
  )
}

function spotKey(spot: Spot): string {
  return JSON.stringify(spot)
}

type SpotCrumb = { readonly key: string; readonly label: string; readonly spot: Spot }

/** The way from the top to what is shown. */
function crumbsOf(shown: Shown | undefined): readonly SpotCrumb[] {
  if (!shown) return []
  const ofPlace = ({ label, place }: MapCrumb): SpotCrumb => {
    const spot: Spot = { kind: 'level', place }
    return { key: spotKey(spot), label, spot }
  }
  if (shown.kind === 'level') return shown.level.crumbs.map(ofPlace)
  const { site, building } = shown.spot
  const spot: Spot = { kind: 'building', site, building }
  const above = [
    ...shown.building.crumbs.map(ofPlace),
    { key: spotKey(spot), label: shown.building.label, spot },
  ]
  if (shown.kind === 'building') return above
  const room = shown.building.dwellings.find(({ id }) => id === shown.spot.dwellingId)?.roomNumber
  return [...above, { key: spotKey(shown.spot), label: room ?? shown.household.title, spot: shown.spot }]
}
