import { rotationSuite } from "../rotation-suite.ts";
import { startLocalBackend } from "./backend.ts";

rotationSuite("local", () => startLocalBackend());
