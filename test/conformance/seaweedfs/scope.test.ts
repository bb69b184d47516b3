import { scopeSuite } from "../scope-suite.ts";
import { startSeaweedfsBackend } from "./backend.ts";

scopeSuite("seaweedfs", startSeaweedfsBackend);
