import { AwsFault } from "../aws-fault.ts";
import { optionalNumber, optionalText } from "../query-parameters.ts";
import { element, optionalElement, type XmlElement } from "../xml.ts";
import type { IamCall } from "./call.ts";

/** The parameters of a call whose answer has pages. */
export const pageParameters = ["MaxItems", "Marker"];

const mostItems = 1_000;
const usualItems = 100;

/** The elements of one page of a list, with the marker of the next one. */
export function page(name: string, { parameters }: IamCall, items: readonly XmlElement[]): XmlElement[] {
  const size = optionalNumber(parameters, "MaxItems", { min: 1, max: mostItems }) ?? usualItems;
  const start = startOf(optionalText(parameters, "Marker", { min: 1, max: 320 }), items.length);
  const end = start + size;
  const isTruncated = end < items.length;
  return [
    element(name, items.slice(start, end)),
    element("IsTruncated", isTruncated),
    ...optionalElement("Marker", isTruncated ? Buffer.from(String(end)).toString("base64url") : undefined),
  ];
}

function startOf(marker: string | undefined, length: number): number {
  if (marker === undefined) return 0;
  const text = Buffer.from(marker, "base64url").toString();
  const start = /^\d{1,6}$/.test(text) ? Number(text) : length;
  if (start >= length) throw new AwsFault(400, "ValidationError", "Invalid Marker.");
  return start;
}
