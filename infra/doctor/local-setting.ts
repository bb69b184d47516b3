import { parseConfig } from "../config/parse-config.ts";
import { functionsRole, operatorKey } from "../local/local-account.ts";
import { localToken } from "../local/local-token.ts";
import { localVending } from "../local/local-vending.ts";
import type { LocalPorts } from "../local/ports.ts";
import { emulatedAccount } from "./account/account.ts";
import type { DoctorSetting } from "./setting.ts";

/**
 * The setting for a running `npm start`: with a token of its issuer, its configuration and its operator's key.
 *
 * @throws Error that says how to start it
 */
export async function localSetting(ports: LocalPorts): Promise<Omit<DoctorSetting, "keyDays" | "outside">> {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const token = await localToken(ports.issuer, { sub: "doctor", tenant: "doctor" });
  const urls = { issuer: at(ports.issuer), sts: at(ports.sts), s3: at(ports.s3) };
  return {
    service: {
      url: at(ports.api),
      identity: { kind: "token", tokenFile: undefined, audience: "keyvend" },
    },
    env: { KEYVEND_TOKEN: token },
    config: parseConfig(localVending(urls)),
    account: emulatedAccount(
      { stage: "local", region: "us-east-1", credentials: async () => operatorKey },
      { iam: at(ports.iam), sts: urls.sts, secretsManager: at(ports.secretsManager) },
      [functionsRole],
    ),
  };
}
