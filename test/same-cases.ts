/**
 * Lets property tests try the same cases in every run: what fails in CI fails on the next desk as well, and nothing else
 * does. `npm run test:nightly` looks for new ones.
 */
import fc from "fast-check";

if (process.env["KEYVEND_PROPERTY_RUNS"] === undefined) fc.configureGlobal({ seed: 20261122 });
