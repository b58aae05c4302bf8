// Cutting a page's WebSocket from inside the browser, without the product's help: runs before the page.

export function installSignalingCutter(): void {
  const Original = window.WebSocket;
  const open = new Set<WebSocket>();
  let refusedUntil = 0;
  const refuse = (url: string): string => (performance.now() < refusedUntil ? url.replace(/:\d+\//, ':9/') : url);
  window.WebSocket = class extends Original {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(refuse(String(url)), protocols); // port 9 is closed: the attempt fails as on a dead network
      open.add(this);
      this.addEventListener('close', () => open.delete(this));
    }
  };
  const cutSignalingForTest = (ms: number): void => {
    refusedUntil = performance.now() + ms;
    for (const socket of open) socket.close();
  };
  Object.assign(window, { cutSignalingForTest });
}
