/** For a terminal: what a service sends must not move its cursor or rewrite what stands there. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
