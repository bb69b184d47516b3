import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

/**
 * A self-signed certificate for 127.0.0.1 and a name. The name is its subject too, because authorities are told apart by
 * their subjects. Its DER is written by hand, because no other part of the project makes certificates.
 */
export function selfSigned(
  dnsName = "localhost",
  validUntil = "491231235959Z",
): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ format: "der", type: "spki" });
  const ecdsaWithSha256 = der(0x30, oid("2a8648ce3d040302"));
  const name = der(0x30, der(0x31, der(0x30, oid("550403"), der(0x0c, Buffer.from(dnsName)))));
  const serial = createHash("sha256").update(spki).digest().subarray(0, 8);
  serial[0] = 1;
  const subjectAltName = der(
    0x30,
    oid("551d11"),
    der(0x04, der(0x30, der(0x87, Buffer.from([127, 0, 0, 1])), der(0x82, Buffer.from(dnsName)))),
  );
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    name,
    der(0x30, utcTime("200101000000Z"), utcTime(validUntil)),
    name,
    spki,
    der(0xa3, der(0x30, subjectAltName)),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = der(0x30, body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

/** Runs a function while this certificate is one of the trusted ones. */
export async function believing(cert: string, run: () => Promise<void>): Promise<void> {
  const usual = getCACertificates("default");
  setDefaultCACertificates([cert]);
  await run().finally(() => setDefaultCACertificates(usual));
}

function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...derLength(body.length)]), body]);
}

/** In the shortest form: Go reads no other. */
function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const utcTime = (text: string) => der(0x17, Buffer.from(text));
