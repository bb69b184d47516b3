import type { StoragesAnswer } from "../shared/contract.ts";
import { listStorages as storagesFor } from "../shared/vending/list-storages.ts";
import { principalPart } from "../shared/vending/trail.ts";
import { type Caller, createVend } from "../shared/vending/vend.ts";
import { answer, type HttpAnswer, type HttpRequest } from "./http.ts";
import { readQuery } from "./query.ts";
import { recordRefusal } from "./record-refusal.ts";
import type { Runtime } from "./runtime.ts";

/** What an operation gets of a request whose caller is known. */
interface OperationCall {
  caller: Caller;
  /** As the path names it, whether or not there is such a storage; empty if the path names none. */
  storage: string;
  /** As it was sent. */
  query: string;
}

/**
 * The operations of the API, by the names that `routes` and the OpenAPI document give them. The caller's identity is
 * already known here; what it gets does not depend on the route.
 *
 * @example const { status } = await createOperations(runtime).listStorages({ caller, storage: "", query: "" })
 */
export function createOperations(runtime: Runtime) {
  const { config, audit, clock } = runtime;
  const vend = createVend(runtime);

  function factsOf({ caller: { principal, requestId }, storage }: OperationCall) {
    return { requestId, ...principalPart(principal), ...(storage !== "" && { storage }) };
  }

  function readCall(call: OperationCall) {
    return recordRefusal(audit.record, factsOf(call), () => {
      const { format, ...narrowing } = readQuery(call.query);
      return { format, ask: { storage: call.storage, ...narrowing } };
    });
  }

  async function describe(request: HttpRequest): Promise<HttpAnswer> {
    const { describe } = await import("./description.ts");
    return describe(request);
  }

  async function listStorages(call: OperationCall): Promise<HttpAnswer> {
    const storages = await recordRefusal(audit.record, factsOf(call), () =>
      storagesFor(config, { ...call.caller, now: clock.now() }),
    );
    const body: StoragesAnswer = { Storages: storages };
    return answer(200, body);
  }

  async function vendCredentials(call: OperationCall): Promise<HttpAnswer> {
    const { ask, format } = await readCall(call);
    if (format === "container") return answer(200, await vend(ask, call.caller));
    const { vendInFormat } = await import("./vend-in-format.ts");
    const { body, headers } = await vendInFormat(format, () => vend(ask, call.caller));
    return answer(200, body, headers);
  }

  async function explainCredentials(call: OperationCall): Promise<HttpAnswer> {
    const { ask } = await readCall(call);
    const { createExplain } = await import("./on-miss.ts");
    return answer(200, await createExplain(runtime)(ask, call.caller));
  }

  return { describe, listStorages, vendCredentials, explainCredentials };
}
