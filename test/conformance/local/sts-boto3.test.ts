/** boto3 before the STS door: of all its clients the one that is installed within seconds, and so is run with each change. */
import { stsBoto3 } from "../sts-clients/all-sts-clients.ts";
import { testStsClients } from "../sts-clients/suite.ts";

testStsClients([stsBoto3], "local");
