import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { networkSettings, proxyFor } from "../../../shared/client/src/cli/network/network-settings.ts";
import type { Environment } from "../../../shared/client/src/identity-sources/environment.ts";
import { about, type Finding } from "../finding.ts";
import type { Host } from "../hosts.ts";

const dayMs = 86_400_000;
/** A certificate that is renewed in time has more left than this, or than a third of its life where that is short. */
const fewDays = 21;

/** What a handshake showed. */
interface Handshake {
  /** Why the certificate is not trusted; absent where it is. */
  distrust?: string;
  protocol: string;
  certificate: PeerCertificate;
}

/** Looks at a host's certificate and at the versions of TLS that it speaks. Nothing is sent but handshakes. */
export async function checkTls({ url: address }: Host, env: Environment): Promise<Finding[]> {
  const url = new URL(address);
  const of = about("tls", url.host);
  if (url.protocol !== "https:") return [of.notChecked("plain HTTP on this machine")];
  if (proxyFor(url, networkSettings(env)) !== undefined)
    return [of.notChecked("a proxy stands between this machine and the host")];
  const { distrust, protocol, certificate } = await handshake(url, {});
  if (distrust !== undefined)
    return [
      of.failed(
        `the certificate is not trusted (${distrust})`,
        "Renew it, or let this machine trust its authority: NODE_EXTRA_CA_CERTS.",
      ),
    ];
  const [start, end] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)];
  const leftDays = Math.floor((end - Date.now()) / dayMs);
  const left = `the certificate is valid for ${leftDays} days`;
  return [
    end - Date.now() < Math.min(fewDays * dayMs, (end - start) / 3)
      ? of.warning(left, "Renew it, and find out why it was not renewed by itself.")
      : of.ok(`${left}; ${protocol}`),
    ...((await speaksOldVersions(url))
      ? [of.warning("speaks TLS 1.1 or older", "Let it speak TLS 1.2 at least.")]
      : []),
  ];
}

async function speaksOldVersions(url: URL): Promise<boolean> {
  // OpenSSL offers these versions at its lowest level of security only.
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  return handshake(url, old).then(
    () => true,
    () => false,
  );
}

function handshake(url: URL, versions: object): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const socket: TLSSocket = connect({
      ...versions,
      host,
      port: Number(url.port || 443),
      ...(/[a-z]/i.test(host) && !host.includes(":") && { servername: host }),
      // What is wrong with it is to be told, and no request follows.
      rejectUnauthorized: false,
    });
    socket.setTimeout(5_000, () => socket.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      const { authorized, authorizationError } = socket;
      const certificate = socket.getPeerCertificate();
      const protocol = socket.getProtocol() ?? "";
      socket.destroy();
      resolve({ ...(!authorized && { distrust: codeOf(authorizationError) }), protocol, certificate });
    });
  });
}

/** Node gives a code, or an error that has one. */
function codeOf(error: unknown): string {
  const { code = error } = Object(error) as { code?: unknown };
  return /^\w+$/.test(String(code)) ? String(code) : "no reason";
}
