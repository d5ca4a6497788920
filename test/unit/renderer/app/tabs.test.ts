import { describe, expect, test } from 'vitest'
import type { TabPage } from '../../../../src-renderer/app/tab.ts'
import {
  activate,
  changeTab,
  closeTab,
  cycleTabs,
  firstTabs,
  openTab,
  restoreTab,
} from '../../../../src-renderer/app/tabs.ts'

const queryResidents: TabPage = { kind: 'query', register: 'resident' }
const queryDwellings: TabPage = { kind: 'query', register: 'dwelling' }
function entry(draftId: string, recordIds: readonly string[] = []): Extract<TabPage, { kind: 'entry' }> {
  return { kind: 'entry', register: 'resident', recordIds, draftId }
}

describe('tabs', () => {
  test('the same page is opened once', () => {
    const twice = openTab(openTab(openTab(firstTabs, queryResidents), queryDwellings), queryResidents)
    expect(twice.tabs.map((tab) => tab.title)).toEqual(['首页', '流动人员查询', '房屋查询'])
    expect(twice.activeKey).toBe('query:resident')
  })

  test('a draft that is continued never ends in another form of the same register', () => {
    const state = openTab(openTab(firstTabs, entry('a')), { ...entry('b'), restored: [] })
    expect(state.tabs).toHaveLength(3)
    expect(state.activeKey).toBe('entry:b')
    expect(openTab(openTab(state, { kind: 'home' }), { ...entry('b'), restored: [] })).toMatchObject({
      tabs: { length: 3 },
      activeKey: 'entry:b',
    })
  })

  test('新增 goes back to the open form; another record is another form', () => {
    const state = openTab(openTab(firstTabs, entry('a')), entry('b'))
    expect(state.tabs).toHaveLength(2)
    expect(openTab(state, entry('c', ['r1'])).tabs).toHaveLength(3)
  })

  test('two drafts of one register come back side by side', () => {
    const state = restoreTab(restoreTab(firstTabs, entry('a')), entry('b'))
    expect(state.tabs.map((tab) => tab.key)).toEqual(['home', 'entry:a', 'entry:b'])
    expect(restoreTab(state, entry('a'))).toBe(state)
  })

  test('a question with conditions is a tab of its own', () => {
    const asked: TabPage = {
      kind: 'query',
      register: 'resident',
      conditions: [{ field: 'dwellingId', operator: 'equals', value: 'x' }],
    }
    expect(openTab(openTab(firstTabs, queryResidents), asked).tabs).toHaveLength(3)
  })

  test('Ctrl+Tab goes round both ways', () => {
    const state = openTab(openTab(firstTabs, queryResidents), queryDwellings)
    expect(cycleTabs(state, 1).activeKey).toBe('home')
    expect(cycleTabs(cycleTabs(state, 1), -1).activeKey).toBe('query:dwelling')
  })

  test('closing goes back to the tab used before, not to the neighbour', () => {
    let state = openTab(openTab(firstTabs, queryResidents), queryDwellings)
    state = activate(activate(state, 'home'), 'query:dwelling')
    expect(closeTab(state, 'query:dwelling').activeKey).toBe('home')
  })

  test('closing a tab behind keeps the one in front', () => {
    const state = openTab(openTab(firstTabs, queryResidents), queryDwellings)
    expect(closeTab(state, 'query:resident').activeKey).toBe('query:dwelling')
  })

  test('there is always a tab', () => {
    expect(closeTab(firstTabs, 'home').tabs).toHaveLength(1)
  })

  test('a change that changes nothing is the same state', () => {
    const dirty = changeTab(firstTabs, 'home', { isDirty: true })
    expect(dirty.tabs[0]?.isDirty).toBe(true)
    expect(changeTab(dirty, 'home', { isDirty: true })).toBe(dirty)
    expect(changeTab(dirty, 'gone', { title: 'x' })).toBe(dirty)
  })
})
