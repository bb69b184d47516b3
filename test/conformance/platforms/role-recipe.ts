import { type Recipe, readRecipe } from "../recipe.ts";
import type { DoorPlace } from "../sts-clients/sts-client.ts";

/** A recipe for a place: the door keeps the name that the recipe gives it. */
export function recipeFor(name: string, place: DoorPlace): Recipe {
  return readRecipe(
    name,
    new Map([
      ["https://s3.example.com", place.endpoint],
      ["KV1XABCDEFGHIJKLMNOPQRST", place.clientKeyId],
      ["CLIENT_KEY_SECRET", place.clientKeySecret],
      ["arn:aws:iam::000000000000:role/keyvend/lake", place.roleArn],
    ]),
  );
}
