import type { Amounts } from "./prices.ts";

const million = 1_000_000;
const gigabyte = 1_000_000_000;

/** Where an answer comes from. */
export type Answer = "from memory" | "from the table" | "issued";

/** What one answer needs of AWS. A test counts the units and the bytes; the milliseconds are an estimate. */
interface Needs {
  /** Of a function with 1 GB, as Lambda bills them. */
  milliseconds: number;
  readUnits: number;
  writeUnits: number;
  /** What is logged: the line of the audit trail, that of the access log, and what a miss meters beside. */
  logBytes: number;
  /** Of the answer, with its headers. */
  answerBytes: number;
}

/**
 * An instance answers from its memory for five seconds after it has read an entry. Beside that it reads, every few seconds, what is
 * revoked and which key a storage has; at worst with each entry. An issue is counted with the mark of its first use,
 * and with AWS's session tokens, which fill an entry to 3 kB; the index of due entries is written beside.
 */
export const needs: Readonly<Record<Answer, Needs>> = {
  "from memory": { milliseconds: 5, readUnits: 0, writeUnits: 0, logBytes: 1_600, answerBytes: 1_500 },
  "from the table": { milliseconds: 10, readUnits: 3, writeUnits: 0, logBytes: 1_600, answerBytes: 1_500 },
  issued: { milliseconds: 200, readUnits: 4, writeUnits: 12, logBytes: 2_000, answerBytes: 1_500 },
};

/** The amounts for a million answers of one kind, with their logs for a year. */
export function amountsOf(answer: Answer): Amounts {
  const { milliseconds, readUnits, writeUnits, logBytes, answerBytes } = needs[answer];
  const logsGb = (logBytes * million) / gigabyte;
  return {
    httpApiRequest: million,
    lambdaRequest: million,
    lambdaArmGbSecond: (milliseconds * million) / 1_000,
    dynamodbReadUnit: readUnits * million,
    dynamodbWriteUnit: writeUnits * million,
    logsIngestedGb: logsGb,
    logsKeptGbMonth: logsGb * 12,
    dataOutGb: (answerBytes * million) / gigabyte,
  };
}
