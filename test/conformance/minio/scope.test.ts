import { scopeSuite } from "../scope-suite.ts";
import { startMinioBackend } from "./backend.ts";

scopeSuite("minio", startMinioBackend);
