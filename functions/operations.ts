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
  const { config, audit, clock, revocations } = runtime;
  const vend = createVend(runtime);

  function factsOf({ caller: { principal, requestId, sourceIp }, storage }: OperationCall) {
    return { requestId, sourceIp, ...principalPart(principal), ...(storage !== "" && { storage }) };
  }

  function readCall<Query>(call: OperationCall, read: (query: string) => Query): Promise<Query> {
    return recordRefusal(audit.record, factsOf(call), () => read(call.query));
  }

  async function describe(request: HttpRequest): Promise<HttpAnswer> {
    const { describe } = await import("./description.ts");
    return describe(request);
  }

  async function listStorages(call: OperationCall): Promise<HttpAnswer> {
    const storages = await recordRefusal(audit.record, factsOf(call), async () =>
      storagesFor(config, { ...call.caller, now: clock.now(), judge: await revocations.current() }),
    );
    const body: StoragesAnswer = { Storages: storages };
    return answer(200, body);
  }

  async function vendCredentials(call: OperationCall): Promise<HttpAnswer> {
    const { format, ...narrowing } = await readCall(call, (query) => readQuery(query));
    const ask = { storage: call.storage, ...narrowing };
    if (format === "container") return answer(200, await vend(ask, call.caller));
    const { vendInFormat } = await import("./vend-in-format.ts");
    const { body, headers } = await vendInFormat(format, () => vend(ask, call.caller));
    return answer(200, body, headers);
  }

  async function explainCredentials(call: OperationCall): Promise<HttpAnswer> {
    const { createExplain, loadGrantTerms, readExplainQuery } = await import("./on-miss.ts");
    const asked = await readCall(call, readExplainQuery);
    const explain = createExplain({ ...runtime, grantTerms: asked.sts && (await loadGrantTerms()) });
    return answer(200, await explain({ storage: call.storage, ...asked }, call.caller));
  }

  return { describe, listStorages, vendCredentials, explainCredentials };
}
