import { expect, test } from "vitest";
import { UsageError } from "../../../shared/client/src/cli/command-line.ts";
import { durationText, failureText } from "../../../shared/client/src/cli/output.ts";
import { VendingError } from "../../../shared/client/src/index.ts";

test.each([
  [0, "0 s"],
  [59, "59 s"],
  [3_600, "1 h"],
  [5_400, "1 h 30 min"],
  [129_601, "36 h 1 s"],
])("%i seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

const text = (failure: unknown) => failureText(failure, "keyvend env --help", false);

test("a defect shows its code alone: its message could quote a secret", () => {
  const defect = Object.assign(new Error("wJalrXUtn"), { code: "EIO" });
  expect(text(defect)).toBe("keyvend: Something went wrong in keyvend itself (EIO).\n");
  expect(text("wJalrXUtn")).toBe("keyvend: Something went wrong in keyvend itself (no code).\n");
  expect(JSON.parse(failureText(defect, "", true))).toEqual({
    code: "internal",
    message: "Something went wrong in keyvend itself (EIO).",
    fields: [],
  });
});

test("a mistake in the call names the help", () => {
  expect(text(new UsageError("No."))).toBe("keyvend: No.\nTry: keyvend env --help\n");
});

test("the words of an identity source stand instead of the client's", () => {
  const cause = new VendingError("invalid_token", "No token in /run/token.");
  expect(text(new VendingError("invalid_token", "No good token.", { cause }))).toContain("/run/token");
});
