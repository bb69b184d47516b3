import type { Options } from "../options.ts";
import { extendEach, logicalId, type TemplatePart } from "./part.ts";

/** What the options say of all that the stack stores: the key that encrypts it, and how long logs are kept. */
export function storesPart(options: Options, functions: readonly string[]): TemplatePart[] {
  const { kmsKeyArn, logRetentionInDays } = options;
  const logGroups = [...functions.map((name) => logicalId(name, "LogGroup")), "HttpApiLogGroup"];
  const parts: TemplatePart[] = [];
  if (logRetentionInDays !== undefined)
    parts.push(extendEach(logGroups, { RetentionInDays: logRetentionInDays }));
  if (kmsKeyArn !== undefined)
    parts.push(
      extendEach(["Table"], {
        SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: kmsKeyArn },
      }),
      extendEach(["SealingKey", "ClientKeysSecret", ...logGroups], { KmsKeyId: kmsKeyArn }),
      extendEach(["AlarmTopic"], { KmsMasterKeyId: kmsKeyArn }),
    );
  return parts;
}
