import { rotationSuite } from "../rotation-suite.ts";
import { startCephBackend } from "./backend.ts";

rotationSuite("ceph", startCephBackend);
