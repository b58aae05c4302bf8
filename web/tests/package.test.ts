// What a clean machine installs: exact versions, for every platform, from whatever registry it uses.
import { expect, it } from "vitest";
import lock from "../package-lock.json";
import manifest from "../package.json";

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const packages = lock.packages as Readonly<Record<string, Locked>>;
const installed = Object.entries(packages).filter(([path]) => path !== "");

it("names exact versions", () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

it("locks every package by its hash and names no registry", () => {
  for (const [path, { integrity, resolved }] of installed) {
    expect(integrity, path).toMatch(/^sha512-/);
    expect(resolved, path).toBeUndefined();
  }
});

it("locks the packages of other platforms too", () => {
  for (const [path, { optionalDependencies }] of installed) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      const isLocked = `node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages;
      expect(isLocked, `${name} of ${path}`).toBe(true);
    }
  }
});
