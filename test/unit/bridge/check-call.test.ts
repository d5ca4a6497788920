import { describe, expect, test } from 'vitest'
import { checkCall, isOwnPage } from '../../../src-main/bridge/check-call.ts'
import { requests } from '../../../src-shared/contract/requests.ts'

const origin = 'jufutong://app'
const names = Object.keys(requests)

describe('isOwnPage', () => {
  test('lets our own outermost page in', () => {
    expect(isOwnPage({ url: 'jufutong://app/index.html', parent: null }, origin)).toBe(true)
  })

  test.each([
    ['a frame that is gone', null],
    ['a page embedded in ours', { url: 'jufutong://app/index.html', parent: {} }],
    ['another site', { url: 'https://example.com/', parent: null }],
    ['a site that only begins like ours', { url: 'jufutong://app.example.com/index.html', parent: null }],
    ['another scheme', { url: 'file:///index.html', parent: null }],
    ['an empty page', { url: 'about:blank', parent: null }],
    ['a page of script text', { url: 'data:text/html,jufutong://app/', parent: null }],
  ])('refuses %s', (_, sender) => {
    expect(isOwnPage(sender, origin)).toBe(false)
  })
})

describe('checkCall', () => {
  test.each([
    ['no text', 5],
    ['an unknown name', 'resident.drop'],
    ['a name every object has', 'constructor'],
    ['a name every object has', 'toString'],
    ['the prototype', '__proto__'],
    ['nothing', undefined],
  ])('refuses %s as a name', (_, name) => {
    expect(checkCall(name, {})).toMatchObject({ ok: false, error: { code: 'invalidInput' } })
  })

  // No input of any request is one of these, so every request must refuse each.
  const wrongInputs: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a number', 1],
    ['a list', [{}]],
    ['a function', () => ({})],
    ['an object with a stray property', { stray: 1 }],
  ]
  describe.each(names)('%s', (name) => {
    test.each(wrongInputs)('refuses %s', (_, input) => {
      expect(checkCall(name, input)).toMatchObject({ ok: false, error: { code: 'invalidInput' } })
    })
  })

  test('names the places that are wrong and no value', () => {
    const checked = checkCall('server.test', { host: '张三'.repeat(200), port: 0 })
    expect(checked).toMatchObject({ ok: false, error: { message: expect.stringContaining('host, port') } })
    expect(JSON.stringify(checked)).not.toContain('张三')
  })

  test('passes a right call on as the schema understood it', () => {
    const input = { host: '127.0.0.1', port: 8080, usesTls: true, allowsPlain: false, authority: '' }
    expect(checkCall('server.test', input)).toEqual({ ok: true, name: 'server.test', input })
  })
})
