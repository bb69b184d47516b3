import type { S3Address } from "../../vending-error.ts";
import type { Settings } from "../settings.ts";

/** Where a storage is, and what of it may be used. */
export interface Place extends S3Address {
  storage: string;
  bucket: string;
  targets: string[];
}

/** The credentials that a client without a way to refresh them is given. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** How one client is told of a storage; pure. */
export type ClientSettings =
  | { secrets: false; write(place: Place, settings: Settings): string }
  | { secrets: true; write(place: Place, keys: Keys): string };

/** Leaves out what has no value. */
export const present = (entries: Record<string, string | undefined>): [string, string][] =>
  Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
