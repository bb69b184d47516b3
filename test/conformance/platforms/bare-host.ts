import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { selfSigned } from "../../net/self-signed.ts";
import { runTool } from "../clients/toolchain.ts";

/** A door at a name of its own, with TLS on port 443: the only form of address that some JVM programs take. */
interface BareHost {
  /** By these a JVM finds the name and trusts its certificate. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** Each process of tests has an address of its own, all of them on loopback. */
const address = `127.9.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/**
 * Gives a server on loopback a name and port 443, for JVMs that have the environment. It needs the right to listen there, as
 * root has it on Linux.
 *
 * @example const host = await startBareHost("keyvend.example.com", "http://127.0.0.1:4100")
 */
export async function startBareHost(name: string, url: string): Promise<BareHost> {
  const folder = mkdtempSync(join(tmpdir(), "keyvend-host-"));
  const { key, cert } = selfSigned(name);
  const server = createServer({ key, cert }, (socket) => {
    const behind = connect(Number(new URL(url).port), new URL(url).hostname);
    for (const [from, to] of [
      [socket, behind],
      [behind, socket],
    ] as const)
      from.on("error", () => to.destroy()).pipe(to);
  });
  server.listen(443, address);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new Error(`No server can listen on ${address}:443. Run as root, on Linux.`, { cause });
  }
  const [hosts, certificate, trusted] = ["hosts", "certificate.pem", "trusted.p12"].map((each) =>
    join(folder, each),
  ) as [string, string, string];
  // With this file a JVM asks no other source for names.
  writeFileSync(hosts, `${address} ${name}\n127.0.0.1 localhost ${hostname()}\n`);
  writeFileSync(certificate, cert);
  await runTool(
    [
      ...(["keytool", "-importcert", "-noprompt", "-alias", "door", "-file", certificate] as const),
      ...["-keystore", trusted, "-storetype", "PKCS12", "-storepass", storePassword],
    ],
    { install: "It comes with Java." },
  );
  const options = [
    `-Djdk.net.hosts.file=${hosts}`,
    `-Djavax.net.ssl.trustStore=${trusted}`,
    "-Djavax.net.ssl.trustStoreType=PKCS12",
    `-Djavax.net.ssl.trustStorePassword=${storePassword}`,
  ];
  return {
    environment: { JAVA_TOOL_OPTIONS: options.join(" ") },
    async close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** keytool asks for one, although a certificate is no secret. */
const storePassword = "changeit";
