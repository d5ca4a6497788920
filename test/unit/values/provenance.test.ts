import { describe, expect, it } from 'vitest'
import {
  describeProvenance,
  mayReplace,
  provenanceLabels,
  PROVENANCES,
  readProvenance,
} from '../../../src-shared/values/provenance.ts'

describe('provenance', () => {
  it('has a word for each way, each its own', () => {
    expect(new Set(PROVENANCES.map((each) => provenanceLabels[each])).size).toBe(PROVENANCES.length)
  })
  it('is read as far as it is understood: unknown ways, other fields and other shapes say nothing', () => {
    const stored = { name: 'card', telephone: 'telepathy', remarks: 'typed', sexCode: 1 }
    expect(readProvenance(stored, ['name', 'telephone', 'sexCode', 'toString'])).toEqual({ name: 'card' })
    for (const other of [null, 'card', 7, undefined]) expect(readProvenance(other, ['name'])).toEqual({})
  })
  it('says of a value from the server who wrote it, and where', () => {
    expect(describeProvenance({ from: 'server', by: '王小', station: '二站' })).toBe('来源:服务器(王小 二站)')
    expect(describeProvenance({ from: 'server', by: '', station: '' })).toBe('来源:服务器')
    expect(describeProvenance({ from: 'card', by: '', station: '' })).toBe('来源:读卡')
  })
  it('lets nothing replace what a clerk typed, pinned or found stored', () => {
    expect(PROVENANCES.filter((each) => mayReplace(each, 'number'))).toEqual(['number'])
    expect(PROVENANCES.filter((each) => mayReplace(each, 'card'))).toEqual([
      'card',
      'default',
      'copied',
      'number',
    ])
    expect(mayReplace(null, 'card')).toBe(false)
  })
})
