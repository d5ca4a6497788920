// The library's container wants it before everything else.
import 'reflect-metadata'
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as ReadCertificate,
  X509CertificateGenerator,
  type X509CertificateCreateParams,
} from '@peculiar/x509'

/** Elliptic curve P-256 with SHA-256: what every TLS library has. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** A clock that is somewhat slow takes a new certificate all the same. */
const BEFORE_MS = 86_400_000
const DAY_MS = 86_400_000
const AUTHORITY_NAME = 'CN=jufutong internal authority'

cryptoProvider.set(webcrypto)

/** A certificate with its private key, both PEM (the key PKCS #8). */
export type Certificate = { readonly certificate: string; readonly privateKey: string }

/** Makes the authority that vouches for servers of this installation and for nothing else. */
export async function makeAuthority(now: number, days: number): Promise<Certificate> {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(now, days),
    name: AUTHORITY_NAME,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), privateKey: privatePem(keys.privateKey) }
}

/**
 * Makes a server's certificate that is vouched for by the authority.
 * @param names IP addresses and host names under which clients find the server
 */
export async function makeServerCertificate(
  authority: Certificate,
  names: readonly string[],
  now: number,
  days: number,
): Promise<Certificate> {
  const keys = await makeKeys()
  const issuer = new ReadCertificate(authority.certificate)
  const certificate = await X509CertificateGenerator.create({
    ...validity(now, days),
    subject: 'CN=jufutong server',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.privateKey),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { certificate: pemOf(certificate), privateKey: privatePem(keys.privateKey) }
}

/** Whether a private key is that of a certificate. */
export function isKeyOf({ certificate, privateKey }: Certificate): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))
}

function validity(
  now: number,
  days: number,
): Pick<X509CertificateCreateParams, 'serialNumber'> & {
  readonly notBefore: Date
  readonly notAfter: Date
  readonly signingAlgorithm: typeof ALGORITHM
} {
  return {
    // Positive, so that no reader takes it for a negative number.
    serialNumber: `00${randomBytes(16).toString('hex')}`,
    notBefore: new Date(now - BEFORE_MS),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
  }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

function privatePem(key: webcrypto.CryptoKey): string {
  return String(KeyObject.from(key).export({ format: 'pem', type: 'pkcs8' }))
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', new Uint8Array(bytes), ALGORITHM, false, ['sign'])
}

function pemOf(certificate: ReadCertificate): string {
  return `${certificate.toString('pem').trim()}\n`
}
