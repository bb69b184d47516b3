/**
 * An entry of a function's log. Under Lambda's JSON log format an object keeps its fields, and Logs Insights finds it by
 * them, where text would be one field; any other console prints it as one line of JSON.
 *
 * @example console.info(logEntry({ warm: report }))
 */
export function logEntry<Fields extends object>(fields: Fields): Fields {
  return Object.defineProperty({ ...fields }, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => JSON.stringify(fields),
  });
}
