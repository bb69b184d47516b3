import { flink } from "./flink.ts";
import { fluss } from "./fluss.ts";
import { hadoop33, hadoop34 } from "./hadoop.ts";
import { iceberg } from "./iceberg.ts";
import type { Platform } from "./platform.ts";
import { spark } from "./spark.ts";

/** All platforms, in the order of the table. */
export const allPlatforms: readonly Platform[] = [hadoop33, hadoop34, spark, iceberg, fluss, flink];
