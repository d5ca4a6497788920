import { describe, expect, test } from 'vitest'
import { parseServer } from '../../../../src-renderer/components/server-address.ts'

function read(host: string, port = '8080', isEnabled = true) {
  return parseServer({ isEnabled, host, port })
}

describe('server address', () => {
  test('an address or a host name is taken; full-width digits and blanks are normalised', () => {
    expect(read(' １０．1.2.3 ', '８０８０')).toEqual({
      ok: true,
      server: { isEnabled: true, host: '10.1.2.3', port: 8080 },
    })
    expect(read('sync.example.org').ok).toBe(true)
    expect(read('10。1。2。3').ok).toBe(true)
  })

  test.each(['256.1.1.1', '10.1.2', '10.1.2.3.4', '1..2.3', '01.2.3.4'])('%s is no address', (host) => {
    expect(read(host)).toMatchObject({ ok: false, problem: { host: expect.stringContaining('服务器IP') } })
  })

  test.each(['http://10.1.2.3', 'a b', '服务器', '-x', ''])('「%s」 is refused', (host) => {
    const parsed = read(host)
    if (host === 'a b') expect(parsed).toMatchObject({ ok: true, server: { host: 'ab' } })
    else expect(parsed.ok).toBe(false)
  })

  test.each(['0', '65536', '', '80a', '-1', '8080.5'])('port 「%s」 is refused', (port) => {
    expect(read('10.1.2.3', port)).toMatchObject({
      ok: false,
      problem: { port: expect.stringContaining('65535') },
    })
  })

  test('without a server the address may stay empty, the port may not be nonsense', () => {
    expect(read('', '8080', false).ok).toBe(true)
    expect(read('', 'x', false).ok).toBe(false)
  })
})
