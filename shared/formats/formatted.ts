/** A vended credential, or the address alone, in the shape that some client reads. */
export interface Formatted {
  /** Text as it is sent; anything else is sent as JSON. */
  body: string | object;
  /** What whoever asked must know and the shape has no place for. Short clauses in ASCII. */
  untold: string[];
}
