import { listStorages } from "../../../shared/client/src/cli/service.ts";
import { VendingError } from "../../../shared/client/src/vending-error.ts";
import type { StorageSummary } from "../../../shared/contract.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";

/**
 * Asks for the storages that the doctor's identity may use. Nothing else can be asked of an instance that does not answer
 * this.
 */
export async function askForStorages({
  service,
  env,
}: DoctorSetting): Promise<{ finding: Finding; storages: StorageSummary[] }> {
  const of = about("answer", new URL(service.url).host);
  try {
    const storages = await listStorages(service, env);
    const names = storages.map(({ Storage }) => Storage).join(", ");
    const finding =
      storages.length > 0
        ? of.ok(`the doctor's identity may use ${names}`)
        : of.failed(
            "the doctor's identity has no grant",
            "Give it one on each storage, narrow and on a folder of its own.",
          );
    return { finding, storages };
  } catch (error) {
    if (!(error instanceof VendingError)) throw error;
    return { finding: of.failed(error.message, adviceOn(error)), storages: [] };
  }
}

function adviceOn({ code }: VendingError): string {
  if (code === "unauthenticated" || code === "invalid_token")
    return "Check the doctor's identity: KEYVEND_TOKEN, KEYVEND_TOKEN_FILE or --identity.";
  return "Check the address, the network and the health of the service.";
}
