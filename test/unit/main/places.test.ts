import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findPlaces } from '../../../src-main/places.ts'

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'jufutong-places-'))
}

describe('findPlaces', () => {
  test('in the tree: resources are the tree itself', () => {
    const tree = makeFolder()
    mkdirSync(join(tree, 'migrations'))
    const places = findPlaces({
      mainFolder: join(tree, 'build', 'main'),
      installedResources: '/electron/resources',
      userDataParent: '/home/clerk/.config',
      environment: { JUFUTONG_BACKEND_NODE: '/node24' },
    })
    expect(places).toMatchObject({
      dataFolder: '/home/clerk/.config/jufutong',
      resourcesFolder: tree,
      backendScript: join(tree, 'build', 'backend', 'backend.js'),
      backendNode: '/node24',
    })
  })

  test('installed: the backend stands beside the archive, and the Node that came along runs it', () => {
    const resources = makeFolder()
    mkdirSync(join(resources, 'backend-node'))
    writeFileSync(join(resources, 'backend-node', process.platform === 'win32' ? 'node.exe' : 'node'), '')
    const places = findPlaces({
      mainFolder: join(resources, 'app.asar', 'build', 'main'),
      installedResources: resources,
      userDataParent: '/home/clerk/.config',
      environment: { JUFUTONG_DATA_DIR: '/data/居服通' },
    })
    expect(places.dataFolder).toBe('/data/居服通')
    expect(places.logFolder).toBe(join('/data/居服通', 'logs'))
    expect(places.resourcesFolder).toBe(resources)
    expect(places.pageFolder).toBe(join(resources, 'app.asar', 'build', 'renderer'))
    expect(places.backendScript).toBe(join(resources, 'app.asar.unpacked', 'build', 'backend', 'backend.js'))
    expect(places.backendNode).toContain('backend-node')
  })

  test("without a Node of its own the backend runs inside Electron's", () => {
    const places = findPlaces({
      mainFolder: join(makeFolder(), 'build', 'main'),
      installedResources: '/nowhere',
      userDataParent: '/home/clerk/.config',
      environment: { JUFUTONG_DATA_DIR: '', JUFUTONG_BACKEND_NODE: '' },
    })
    expect(places.backendNode).toBeUndefined()
    expect(places.dataFolder).toBe('/home/clerk/.config/jufutong')
  })
})
