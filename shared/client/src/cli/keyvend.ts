#!/usr/bin/env node
import { answerFromCache } from "./cache-hit.ts";
import { standardIo } from "./standard-io.ts";

const words = process.argv.slice(2);
const io = standardIo();

// All is written by then, and nothing is open: Node need not take itself apart piece by piece.
if (answerFromCache(words, io)) process.exit();

import("./run.ts")
  .then(({ run }) => run(words, io))
  .then((status) => {
    process.exitCode = status;
  });
