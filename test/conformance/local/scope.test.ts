import { scopeSuite } from "../scope-suite.ts";
import { startLocalBackend } from "./backend.ts";

scopeSuite("local", () => startLocalBackend());
