import { scopeSuite } from "../scope-suite.ts";
import { startCephBackend } from "./backend.ts";

scopeSuite("ceph", startCephBackend);
