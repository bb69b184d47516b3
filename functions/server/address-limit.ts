import type { AuditRecord, Clock } from "../../shared/vending/ports.ts";
import { rateLimit } from "./rate-limit.ts";

/** A request that proves nobody costs its address as many requests more. */
const refusalCosts = 10;

export type AddressLimit = ReturnType<typeof addressLimit>;

/**
 * The rate of requests of each address. One that sends bad tokens has a tenth of the others', so that its tokens are mostly refused
 * before a signature is verified.
 *
 * @example const ofAddress = addressLimit(200, clock); ofAddress.take("192.0.2.1") // undefined
 */
export function addressLimit(perSecond: number, clock: Pick<Clock, "now">) {
  const limit = rateLimit(perSecond, clock);
  return {
    /** Gives after how many seconds the address may ask again, or nothing if it may now. */
    take: (address: string) => limit.take(nameOf(address)),

    /** Hears why a request was refused whose caller is not known. */
    refused({ code, sourceIp }: Pick<AuditRecord, "code" | "sourceIp">): void {
      if (code === "unauthenticated" && sourceIp !== undefined) limit.charge(nameOf(sourceIp), refusalCosts);
    },
  };
}

/** A line of IPv6 has as many addresses as it likes: its first half counts. */
function nameOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [before, behind] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(Math.max(0, 8 - before.length - behind.length)).fill("0");
  return [...before, ...zeros, ...behind].slice(0, 4).join(":");
}
