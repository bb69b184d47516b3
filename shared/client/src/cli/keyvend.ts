#!/usr/bin/env node
import { answerFromCache } from "./cache-hit.ts";
import { standardIo } from "./standard-io.ts";

const words = process.argv.slice(2);
const io = standardIo();

if (!answerFromCache(words, io))
  import("./run.ts")
    .then(({ run }) => run(words, io))
    .then((status) => {
      process.exitCode = status;
    });
