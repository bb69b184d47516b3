/**
 * Unmodified platforms of the JVM, from Maven Central, with keyvend for a source of credentials: what every client is held
 * to, and what is particular to file systems.
 */
import { testClients } from "../clients/suite.ts";
import { allPlatforms } from "./all-platforms.ts";
import { testFiles } from "./file-operations.ts";
import type { Platform, PlatformFiles } from "./platform.ts";

testClients<PlatformFiles, Platform>(allPlatforms, (platform, underTest, backend) => {
  // What Ceph's gateway 16 refuses of these is no matter of the credentials. The table of clients tells it.
  if (backend === "local") testFiles(platform, underTest);
});
