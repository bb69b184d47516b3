import { fakeService } from "./fake-service.ts";

/** An STS that issues a session of an hour for every call, and remembers what it received. */
export function generousSts() {
  let sessions = 0;
  return fakeService((body) => {
    const action = new URLSearchParams(body).get("Action");
    sessions += 1;
    const expiration = new Date(Date.now() + 3_600_000).toISOString();
    const credentials = `<AccessKeyId>ASIA${sessions}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
    return {
      status: 200,
      body: `<${action}Response><${action}Result><Credentials>${credentials}</Credentials></${action}Result></${action}Response>`,
    };
  });
}
