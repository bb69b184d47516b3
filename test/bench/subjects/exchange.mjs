// One signed exchange with the table, and nothing else.
import { exchange } from "./floor.mjs";

export const handler = exchange;
