import { testClients } from "../clients/suite.ts";
import { allPlatforms } from "./all-platforms.ts";

testClients(allPlatforms);
