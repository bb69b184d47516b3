/** An action with a long-term key: its session shows which key issued it. */
export const sessionBy = async ({ accessKeyId }: { accessKeyId: string }) => ({
  accessKeyId,
  secretAccessKey: "s",
  sessionToken: "t",
  issuedAt: 0,
  expiration: 1,
});
