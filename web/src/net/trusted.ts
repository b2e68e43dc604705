// The one Trusted Types policy of ours: it lets through exactly the scripts that the page starts as Workers.

type Policy = { createScriptURL(url: string): string };
type Factory = { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };

let policy: Policy | null = null;
const known = new Set<string>();

/** The URL of a Worker of ours, as something that `new Worker` accepts under `require-trusted-types-for 'script'`. */
export function trustedWorkerUrl(url: string): string {
  known.add(url);
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (!factory) return url;
  policy ??= factory.createPolicy('parlor', {
    createScriptURL: (asked) => {
      if (known.has(asked) && new URL(asked, location.href).origin === location.origin) return asked;
      throw new TypeError('not a Worker of ours');
    },
  });
  return policy.createScriptURL(url);
}
