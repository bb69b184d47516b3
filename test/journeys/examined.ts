import type { ApiGatewayResult } from "../../functions/vend.ts";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { emulatedAccount } from "../../infra/doctor/account/account.ts";
import { diagnose } from "../../infra/doctor/diagnose.ts";
import { type Finding, isTrouble } from "../../infra/doctor/finding.ts";
import type { DoctorSetting } from "../../infra/doctor/setting.ts";
import type { LocalServer } from "../../infra/local/aws/listener.ts";
import type { Backends } from "../../infra/local/backends.ts";
import { comeBack } from "../../infra/local/come-back.ts";
import { functionsRole, operatorKey } from "../../infra/local/local-account.ts";
import type { Config } from "../../shared/core/config.ts";
import { startHttpFront } from "./http-front.ts";
import { type LocalService, startLocalService, type Vending } from "./local-service.ts";

/** A service over HTTP, with all that the doctor is told of it. A test may change any of it before the doctor comes. */
export interface Examined {
  backends: Backends;
  service: LocalService;
  setting: DoctorSetting;
  /** What the doctor finds, except for what is in order. */
  troubles(): Promise<Finding[]>;
  close(): Promise<void>;
}

/**
 * Starts one.
 *
 * @param change of the configuration of the service, and of the one that the doctor has
 * @param lie what stands between the service and the doctor
 * @param tenant of the doctor: without one it has no grant on the tenants' storages
 */
export async function startExamined({
  change = (vending) => vending,
  lie = (service) => service,
  tenant,
}: {
  change?: (vending: Vending, backends: Backends) => Vending | Promise<Vending>;
  lie?: (service: LocalService) => LocalService;
  tenant?: string;
} = {}): Promise<Examined> {
  let config: Config | undefined;
  const service = await startLocalService(async (vending, backends) => {
    const changed = await change(vending, backends);
    config = parseConfig(changed);
    return changed;
  });
  const { backends } = service;
  const front: LocalServer = await startHttpFront(lie(patient(service)), backends.realm, "us-east-1");
  const token = await backends.issuer.token({ sub: "doctor", ...(tenant !== undefined && { tenant }) });
  const { iam, sts, secretsManager } = backends;
  const setting: DoctorSetting = {
    service: { url: front.url, identity: { kind: "token", tokenFile: undefined, audience: "keyvend" } },
    env: { KEYVEND_TOKEN: token },
    ...(config !== undefined && { config }),
    outside: [],
    keyDays: 90,
    account: emulatedAccount(
      { stage: "local", region: "us-east-1", credentials: async () => operatorKey },
      { iam: iam.url, sts: sts.url, secretsManager: secretsManager.url },
      [functionsRole],
    ),
  };
  return {
    backends,
    service,
    setting,
    troubles: async () => (await diagnose(setting)).filter(isTrouble),
    async close() {
      await front.close();
      await service.close();
    },
  };
}

/** Deadlines are held off in this process, and so would be the pauses of the doctor's client. */
function patient(service: LocalService): LocalService {
  return {
    ...service,
    async answer(event) {
      let result: ApiGatewayResult = {};
      await comeBack(async () => {
        result = await service.answer(event);
        const { statusCode: status = 500, headers, body } = result;
        return new Response(body, { status, headers: headers as Record<string, string> });
      });
      return result;
    },
  };
}
