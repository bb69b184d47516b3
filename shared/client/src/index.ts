export type { VendedCredentials } from "./check-answer.ts";
export { fromVending } from "./from-vending.ts";
export type { VendingOptions } from "./options.ts";
export type { VendingProvider } from "./provider.ts";
export { type S3Config, s3Config } from "./s3-config.ts";
export { type S3Address, VendingError, type VendingErrorCode } from "./vending-error.ts";
