import { rotationSuite } from "../rotation-suite.ts";
import { startMinioBackend } from "./backend.ts";

rotationSuite("minio", startMinioBackend);
