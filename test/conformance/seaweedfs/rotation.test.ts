import { rotationSuite } from "../rotation-suite.ts";
import { startSeaweedfsBackend } from "./backend.ts";

rotationSuite("seaweedfs", startSeaweedfsBackend);
