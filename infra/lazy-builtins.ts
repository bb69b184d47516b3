import type { Plugin } from "esbuild";

/**
 * Takes from a module of Node what our code uses of it, and nothing else. An import from an ES module reads all of its members,
 * and some of them load large parts of Node when they are read: `node:crypto` loads WebCrypto and web streams, `node:http` loads
 * undici (nodejs/node#57649). Packages are left as they are.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup(building) {
    building.onResolve({ filter: /^node:/ }, ({ path, importer, kind }) =>
      kind === "import-statement" && !importer.includes("node_modules/")
        ? { path, namespace: "builtin", sideEffects: false }
        : undefined,
    );
    building.onLoad({ filter: /^node:/, namespace: "builtin" }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== "default");
      // What is marked as pure is left out where it is not used.
      const members = names.map((name) => `export const ${name} = /* @__PURE__ */ member("${name}");`);
      const from = `const builtin = process.getBuiltinModule("${path}");`;
      return {
        contents: [
          from,
          "const member = (name) => builtin[name];",
          ...members,
          "export default builtin;",
        ].join("\n"),
      };
    });
  },
};
