import * as z from "zod/mini";
import { statusOf } from "../../functions/http.ts";
import type {
  CredentialsAnswer,
  DurationCap,
  ErrorCode,
  ExplainAnswer,
  OperationGroup,
  Permission,
  Problem,
  ScopeEnforcement,
  StorageAddress,
  StoragesAnswer,
} from "../../shared/contract.ts";
import { operationGroups } from "../../shared/contract.ts";
import { exactly } from "./exactly.ts";

// The contract's answers as schemas. The functions do not contain them, since types hold their answers to the contract.

const time = z.iso.datetime();
const groups = z.exactOptional(z.array(exactly<OperationGroup>()(z.enum(operationGroups))));
const permission = exactly<Permission>()(z.enum(["READ", "WRITE", "READWRITE"]));
const enforcement = exactly<ScopeEnforcement>()(z.enum(["session-policy", "identity", "none"]));
const durationCap = exactly<DurationCap>()(z.enum(["grant", "storage", "sts"]));
const errorCode = z.enum(Object.keys(statusOf) as ErrorCode[]);

const address = {
  Storage: z.string(),
  Bucket: z.string(),
  Endpoint: z.url(),
  Region: z.string(),
  PathStyleAccess: z.boolean(),
} satisfies Record<keyof StorageAddress, z.ZodMiniType>;

const optionalAddress = {
  Storage: z.exactOptional(address.Storage),
  Bucket: z.exactOptional(address.Bucket),
  Endpoint: z.exactOptional(address.Endpoint),
  Region: z.exactOptional(address.Region),
  PathStyleAccess: z.exactOptional(address.PathStyleAccess),
} satisfies Record<keyof StorageAddress, z.ZodMiniType>;

export const credentialsAnswer = exactly<CredentialsAnswer>()(
  z.object({
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    Token: z.string(),
    Expiration: time,
    ...address,
    Targets: z.array(z.string()),
    Permission: permission,
    Also: groups,
    ScopeEnforcedBy: enforcement,
    DurationSeconds: z.int(),
    DurationCappedBy: z.exactOptional(durationCap),
    Warning: z.exactOptional(z.string()),
  }),
);

export const storagesAnswer = exactly<StoragesAnswer>()(
  z.object({
    Storages: z.array(
      z.object({
        ...address,
        Grants: z.array(
          z.object({
            Targets: z.array(z.string()),
            Permission: permission,
            Also: groups,
            MaxDurationSeconds: z.int(),
          }),
        ),
        Vends: z.boolean(),
      }),
    ),
  }),
);

export const explainAnswer = exactly<ExplainAnswer>()(
  z.object({
    ...optionalAddress,
    Storage: address.Storage,
    Decision: z.enum(["allowed", "refused"]),
    Code: z.exactOptional(errorCode),
    Message: z.exactOptional(z.string()),
    NearMisses: z.exactOptional(
      z.array(
        z.object({
          Grant: z.exactOptional(z.string()),
          Failed: z.array(
            z.object({
              Condition: z.string(),
              Reason: z.enum(["missing", "no_match", "not_plain", "beyond_grant"]),
              Value: z.exactOptional(z.unknown()),
            }),
          ),
        }),
      ),
    ),
    Caller: z.object({
      Issuer: z.string(),
      Subject: z.string(),
      Claims: z.exactOptional(z.record(z.string(), z.unknown())),
    }),
    Grant: z.exactOptional(z.string()),
    GrantEnds: z.exactOptional(time),
    Targets: z.exactOptional(z.array(z.string())),
    Permission: z.exactOptional(permission),
    Also: groups,
    Notes: z.exactOptional(z.array(z.string())),
    DurationSeconds: z.exactOptional(z.int()),
    DurationCappedBy: z.exactOptional(durationCap),
    IssuedSeconds: z.exactOptional(z.int()),
    Way: z.exactOptional(z.string()),
    StsCall: z.exactOptional(z.string()),
    ScopeEnforcedBy: z.exactOptional(enforcement),
    Policy: z.exactOptional(z.object({ Document: z.string(), Characters: z.int(), MostCharacters: z.int() })),
    Removed: z.exactOptional(z.array(z.string())),
    Cache: z.exactOptional(
      z.object({
        State: z.enum(["servable", "stale", "empty", "never", "unreachable"]),
        Expiration: z.exactOptional(time),
        ToldExpiration: z.exactOptional(time),
        ServableUntil: z.exactOptional(time),
        Used: z.exactOptional(z.boolean()),
        DueAt: z.exactOptional(time),
      }),
    ),
    Time: time,
  }),
);

export const problem = exactly<Problem>()(
  z.object({
    code: errorCode,
    message: z.string(),
    Code: errorCode,
    Message: z.string(),
    requestId: z.string(),
    fields: z.exactOptional(z.array(z.object({ field: z.string(), message: z.string() }))),
    ...optionalAddress,
  }),
);

/** The answer of API Gateway itself, before or instead of the function's. */
export const gatewayMessage = z.object({ message: z.string() });
