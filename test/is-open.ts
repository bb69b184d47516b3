/**
 * Is a promise still open after all work that does not wait for the network has ended?
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
