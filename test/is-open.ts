/**
 * Whether a promise is still open when everything that does not wait for the network has come to its end.
 *
 * @example expect(await isOpen(answering)).toBe(true)
 */
export async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  const settle = () => {
    open = false;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  return open;
}
