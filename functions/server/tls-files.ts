import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { createSecureContext, getCACertificates, setDefaultCACertificates } from "node:tls";
import { isMountedByKubernetes } from "../../shared/aws/secret-folder.ts";
import type { ServerSettings } from "../../shared/core/server-settings.ts";

/** A certificate with its chain, and its key, in PEM. */
export interface KeyPem {
  cert: string;
  key: string;
}

/**
 * Reads a certificate and its key.
 *
 * @throws Error when one of them cannot be read, when they do not belong together, or when others may read the key.
 * @example const { cert, key } = await readKeyPem({ certificate: "/etc/keyvend/tls.crt", key: "/etc/keyvend/tls.key" })
 */
export async function readKeyPem({ certificate, key }: NonNullable<ServerSettings["tls"]>): Promise<KeyPem> {
  const { mode } = await stat(key);
  if ((mode & 0o004) !== 0 && !isMountedByKubernetes(dirname(key)))
    throw new Error(`${key}: others may read the key of the certificate: chmod 0400, or 0440`);
  const pem = { cert: await readFile(certificate, "utf8"), key: await readFile(key, "utf8") };
  createSecureContext(pem);
  return pem;
}

/** Until when a certificate is valid, as its text says. */
export function validTo({ cert }: KeyPem): string {
  return new X509Certificate(cert).validTo;
}

/**
 * Trusts more certificate authorities beside those that Node trusts already, in each TLS connection that is made from then on. Those
 * of the call before are trusted no longer.
 *
 * @example const trustOnly = trusting(); trustOnly(config.caBundle)
 */
export function trusting(): (certificates?: readonly string[]) => void {
  const usual = getCACertificates("default");
  return (certificates = []) => setDefaultCACertificates([...usual, ...certificates]);
}
