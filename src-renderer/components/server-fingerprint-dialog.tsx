import type { ReactNode } from 'react'
import type { ServerCertificate } from '../../src-shared/contract/types.ts'
import { Dialog } from './dialog.tsx'
import { formatDay } from './format-time.ts'

/** The groups of a fingerprint, four to a line: two people read them to each other. */
export function Fingerprint(props: { readonly text: string }): ReactNode {
  const groups = props.text.split(' ')
  const lines = Array.from({ length: Math.ceil(groups.length / 4) }, (_, index) =>
    groups.slice(index * 4, index * 4 + 4).join(' '),
  )
  return (
    <code className="fingerprint" role="group" aria-label="指纹">
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </code>
  )
}

/** Asks a person to compare what a server showed with what its operator has on paper. Nothing is trusted before that. */
export function ServerFingerprintDialog(props: {
  readonly certificate: ServerCertificate
  /** Another certificate had been confirmed. */
  readonly isChanged: boolean
  readonly onTrust: () => void
  readonly onClose: () => void
}): ReactNode {
  return (
    <Dialog
      title={props.isChanged ? '服务器的证书变了' : '核对服务器的证书'}
      acts={[
        { label: '指纹一致,信任', onSelect: props.onTrust },
        { label: '不信任', isSafe: true, isPrimary: true, onSelect: props.onClose },
      ]}
    >
      <p>
        {props.isChanged
          ? '这与以前确认过的不是同一个。可能有人冒充服务器,也可能管理员换了证书。请向管理员问清,并逐组核对指纹:'
          : '请与管理员提供的指纹(纸条,或服务器上 init-tls 命令的输出)逐组核对:'}
      </p>
      <Fingerprint text={props.certificate.fingerprint} />
      <p>{`服务器的证书有效到 ${formatDay(props.certificate.validUntil)}。有一组不一致,就不要信任。`}</p>
    </Dialog>
  )
}
