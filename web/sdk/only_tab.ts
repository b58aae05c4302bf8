// A device has one session: a second tab that signed in by itself would end the call in the first.

const kPatienceMs = 500; // a page that is reloaded gives its place up first

// Whether this is the only tab of the device; it stays so until it is closed.
export async function isOnlyTab(locks: LockManager | undefined): Promise<boolean> {
  if (!locks) return true;
  const patience = new AbortController();
  setTimeout(() => patience.abort(), kPatienceMs); // a lock that was granted stays
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      resolve(true);
      return new Promise(() => undefined);
    };
    locks.request("parley.tab", { signal: patience.signal }, hold).catch(() => resolve(false));
  });
}
