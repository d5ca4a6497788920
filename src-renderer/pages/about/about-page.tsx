import type { ReactNode } from 'react'
import { useAppState } from '../../client/app-state.tsx'

/** 帮助—关于: version, where the data is, how its key is kept. */
export function AboutPage(): ReactNode {
  const state = useAppState()
  return (
    <div className="text-page" tabIndex={0} data-initial-focus="">
      <h2>居服通</h2>
      <dl className="fact-list">
        <dt>版本</dt>
        <dd>{state.version}</dd>
        <dt>数据文件夹</dt>
        <dd className="selectable">{state.dataFolder}</dd>
        <dt>数据加密</dt>
        <dd>
          {state.keyProtection === 'operatingSystem' ? (
            '本机数据已加密,密钥由操作系统保管。'
          ) : (
            <span className="attention">
              本机数据已加密,但操作系统没有提供密钥保管,密钥存放在数据文件夹内的密钥文件中。取得该文件夹的人可以读出数据,请勿将整个文件夹复制给他人,备份时密钥文件与数据分开存放。
            </span>
          )}
        </dd>
        {state.dictionaryProblems.length > 0 && (
          <>
            <dt>未载入的字典行</dt>
            <dd className="attention selectable">
              {state.dictionaryProblems.map((problem) => (
                <div key={problem}>{problem}</div>
              ))}
            </dd>
          </>
        )}
        <dt>地区规定</dt>
        <dd>
          {`${state.region.profile.name}(首选项—地区规定)`}
          {state.region.problems.map((problem) => (
            <div key={problem} className="attention selectable">
              {problem}
            </div>
          ))}
        </dd>
        <dt>许可</dt>
        <dd>Apache-2.0</dd>
      </dl>
    </div>
  )
}
