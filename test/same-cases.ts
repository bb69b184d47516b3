/**
 * Makes property tests try the same cases in every run, so that a failure in CI can be repeated on any machine.
 * `npm run test:nightly` looks for new cases.
 */
import fc from "fast-check";

if (process.env["KEYVEND_PROPERTY_RUNS"] === undefined) fc.configureGlobal({ seed: 20261122 });
