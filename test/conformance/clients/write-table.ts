import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { allPlatforms } from "../platforms/all-platforms.ts";
import { allStsClients } from "../sts-clients/all-sts-clients.ts";
import { stsClientsTable } from "../sts-clients/table.ts";
import { allClients } from "./all-clients.ts";
import { clientsTable } from "./table.ts";

// `npm run clients:table`

writeFileSync(join(import.meta.dirname, "README.md"), clientsTable(allClients, allPlatforms));
writeFileSync(join(import.meta.dirname, "../sts-clients/README.md"), stsClientsTable(allStsClients));
