import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Report } from "./faults.ts";
import { membersOf } from "./read-entry.ts";

const begin = "-----BEGIN CERTIFICATE-----";
const certificatesIn = new RegExp(`${begin}[^-]+-----END CERTIFICATE-----`, "g");
/** The lines that begin or end a part of the file. A private key has a fault of its own. */
const markers = /-+ ?(BEGIN|END) (?![^\n]*PRIVATE KEY)[^-\n]+-+/g;
/** Each cold start reads all of them. */
const mostCertificates = 100;

/**
 * Replaces the path in `caBundle`, which is relative to the document's folder, by the certificates of the file. If the
 * file cannot be read, the path stays, and the check reports it.
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

/** Reads the certificates of `caBundle`, each by itself. The section may be absent. */
export function readCaBundle(section: unknown, report: Report): string[] {
  if (section === undefined) return [];
  const text = typeof section === "string" ? section : "";
  const certificates = text.match(certificatesIn) ?? [];
  if (certificates.length === 0)
    report([], "must be the path, relative to this file, of a file of certificates in PEM");
  // A part that is not read would be missing at run time only.
  else if (text.match(markers)?.length !== 2 * certificates.length)
    report([], "has a certificate that is cut short, or a part in another form than BEGIN CERTIFICATE");
  if (certificates.length > mostCertificates)
    report([], `must have at most ${mostCertificates} certificates`);
  if (text.includes("PRIVATE KEY-----"))
    report([], "must not have a private key: the file goes into the functions");
  if (!certificates.every(isCertificate)) report([], "has a certificate that cannot be read");
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) !== undefined;
  } catch {
    return false;
  }
}
