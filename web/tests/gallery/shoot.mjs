// Photographs every scene at a phone's and a desk's width, light and dark, checks each with axe-core,
// and measures targets and overflow. Pictures go to build/screenshots. Ends with a count.
// With --docs: only the pictures of documented.mjs, made small, to docs/img.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { documentedAs, kDocumented } from "./documented.mjs";
import { smallPng } from "./small_png.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const build = join(root, "build");
const documents = join(root, "docs", "img");
const forDocs = process.argv[2] === "--docs";
const gallery = join(build, "gallery");
const pictures = join(build, "screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kTypes = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const kPolicy = "default-src 'self'; img-src 'self' data:; base-uri 'none'; object-src 'none'";
const kSizes = { phone: { width: 360, height: 720 }, desk: { width: 1440, height: 900 } };

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  try {
    const file = readFileSync(join(gallery, path === "/" ? "index.html" : path));
    response.setHeader("content-type", kTypes[extname(path)] ?? "text/html");
    response.setHeader("content-security-policy", kPolicy);
    response.end(file);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const url = `http://127.0.0.1:${server.address().port}/`;

// Runs in the page: what axe cannot see.
function measure() {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) problems.push("the page scrolls sideways");
  for (const element of document.querySelectorAll("button, select, input")) {
    const isChoice = element.type === "checkbox" || element.type === "radio";
    const target = isChoice ? element.closest("label") : element;
    const box = target.getBoundingClientRect();
    if (box.width === 0) continue;
    if (box.width < 44 || box.height < 44) {
      problems.push(`${element.textContent || element.id} is ${box.width}x${box.height}`);
    }
  }
  const mute = document.querySelector(".mute, .talk")?.getBoundingClientRect();
  if (mute) {
    if (mute.height < 96 || mute.width < 96) problems.push("the big control is too small");
    if (mute.top < innerHeight * 0.6) problems.push("the big control is not in the lower third");
    if (mute.bottom > innerHeight) problems.push("the big control is not on the screen");
  }
  return problems;
}

// Whether this run makes this picture.
function isWanted(scene, look) {
  if (forDocs) return documentedAs(scene, look) !== undefined;
  return !process.argv[2] || scene.includes(process.argv[2]);
}

mkdirSync(forDocs ? documents : pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
});
let passed = 0;
let failed = 0;

async function shootAll(size, colorScheme) {
  const context = await browser.newContext({ viewport: kSizes[size], colorScheme, bypassCSP: false });
  await context.clock.setFixedTime(new Date()); // what is shown of time does not hang on the machine's pace
  const page = await context.newPage();
  const refused = [];
  page.on("console", (message) => {
    if (message.type() === "error") refused.push(message.text());
  });
  await page.goto(`${url}#link_none`);
  const scenes = (await page.locator("html").getAttribute("data-scenes")).split(" ");
  const look = `${size}_${colorScheme}`;
  if (forDocs) {
    const unknown = Object.keys(kDocumented).filter((name) => !scenes.includes(name));
    if (unknown.length > 0) throw new Error(`no such scene: ${unknown}`);
  }
  for (const scene of scenes.filter((name) => isWanted(name, look))) {
    await page.goto("about:blank");
    await page.goto(`${url}#${scene}`);
    const problems = await shoot(page, scene, look);
    problems.push(...refused.splice(0));
    if (problems.length === 0) {
      passed += 1;
      continue;
    }
    failed += 1;
    console.log(`FAILED ${scene} ${size} ${colorScheme}\n  ${problems.join("\n  ")}`);
  }
  await context.close();
}

async function shoot(page, scene, look) {
  await page.waitForSelector("[data-screen]");
  await page.waitForTimeout(250);
  const picture = await page.screenshot();
  if (forDocs) writeFileSync(join(documents, `${documentedAs(scene, look)}.png`), smallPng(picture));
  else writeFileSync(join(pictures, `${scene}_${look}.png`), picture);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return [
    ...violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`),
    ...(await page.evaluate(measure)),
  ];
}

const looks = Object.keys(kSizes).flatMap((size) => ["light", "dark"].map((scheme) => [size, scheme]));
await Promise.all(looks.map(([size, scheme]) => shootAll(size, scheme)));
await browser.close();
server.close();
console.log(`gallery: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
