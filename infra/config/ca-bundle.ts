import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Report } from "./faults.ts";
import { membersOf } from "./read-entry.ts";

const begin = "-----BEGIN CERTIFICATE-----";
const certificatesIn = new RegExp(`${begin}[^-]+-----END CERTIFICATE-----`, "g");
/** Each cold start reads them all. */
const mostCertificates = 100;

/**
 * A document with the certificates themselves in the place of the path that `caBundle` gives, relative to the document's
 * folder. A path that cannot be read stays, for the check to tell.
 */
export function withCaBundle(document: unknown, folder: string): unknown {
  const { caBundle } = membersOf(document);
  if (typeof caBundle !== "string" || caBundle.includes(begin)) return document;
  try {
    return { ...membersOf(document), caBundle: readFileSync(resolve(folder, caBundle), "utf8") };
  } catch {
    return document;
  }
}

/** Reads the certificates of `caBundle`, which may be absent, each by itself. */
export function readCaBundle(text: unknown, report: Report): string[] {
  if (text === undefined) return [];
  const certificates = typeof text === "string" ? (text.match(certificatesIn) ?? []) : [];
  if (certificates.length === 0)
    report([], "must be the path, relative to this file, of a file of certificates in PEM");
  if (certificates.length > mostCertificates) report([], `must be at most ${mostCertificates} certificates`);
  if (typeof text === "string" && text.includes("PRIVATE KEY-----"))
    report([], "must not hold a private key: the file goes into the functions");
  if (!certificates.every(isCertificate)) report([], "holds what looks like a certificate and is none");
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}
