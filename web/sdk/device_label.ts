// How people tell this device from their others: "Chrome on Android".

export interface BrowserNames {
  readonly userAgent: string;
  // navigator.userAgentData, where the browser has it.
  readonly userAgentData?: {
    readonly brands: readonly { readonly brand: string }[];
    readonly platform: string;
  };
}

// The first one whose mark is in the text; browsers name their ancestors too, so the order matters.
const kBrowsers = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser", "Samsung Internet"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const kSystems = [
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["CrOS", "ChromeOS"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
] as const;
const kBrands: Readonly<Record<string, string>> = {
  "Google Chrome": "Chrome",
  "Microsoft Edge": "Edge",
  Opera: "Opera",
  Brave: "Brave",
};

export function deviceLabel({ userAgent, userAgentData }: BrowserNames): string {
  const find = (names: readonly (readonly [string, string])[]) =>
    names.find(([mark]) => userAgent.includes(mark))?.[1];
  const brand = userAgentData?.brands.map((one) => kBrands[one.brand]).find((name) => name !== undefined);
  const browser = brand ?? find(kBrowsers) ?? "Browser";
  const system = (userAgentData?.platform || find(kSystems))?.slice(0, 24);
  return system ? `${browser} on ${system}` : browser;
}
