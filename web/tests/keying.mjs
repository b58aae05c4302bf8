// The gate as it is built (dist/), in a real Chromium, between two peers on loopback: what it says of
// the last frame is what was on the wire, nothing passes while it is shut, and what was held back comes.
// Needs `npm run build` first, and Chromium (CHROMIUM=/path).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const assets = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "assets");
const gate = readFileSync(join(assets, readdirSync(assets).find((name) => name.startsWith("keying_worker"))));

// Notes every frame that arrives.
const ear = `
let heard = [];
onrtctransform = ({ transformer }) => {
  transformer.readable.pipeThrough(new TransformStream({
    transform(frame, controller) {
      if (frame.data.byteLength > 0) heard.push(frame.getMetadata().rtpTimestamp);
      controller.enqueue(frame);
    },
  })).pipeTo(transformer.writable);
};
onmessage = () => { postMessage(heard); heard = []; };
`;

// Runs in the page.
async function keyAndListen() {
  const [gate, ear] = [new Worker("/gate.js", { type: "module" }), new Worker("/ear.js")];
  const answer = (worker, question) =>
    new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(question);
    });
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate);
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const { sender } = here.addTransceiver(stream.getAudioTracks()[0], { direction: "sendonly" });
  sender.transform = new RTCRtpScriptTransform(gate);
  const heard = new Promise((resolve) => {
    there.ontrack = ({ track, receiver }) => {
      receiver.transform = new RTCRtpScriptTransform(ear);
      const player = new Audio();
      player.srcObject = new MediaStream([track]);
      void player.play();
      resolve();
    };
  });
  await here.setLocalDescription(await here.createOffer());
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription(await there.createAnswer());
  await here.setRemoteDescription(there.localDescription);
  await heard;
  gate.postMessage({ type: "open", heldMs: 0 }); // a first packet, so that the far end knows the stream
  await pause(2000);
  await answer(gate, { type: "shut", shuts: 1 });
  await pause(500);
  await answer(ear, "");
  const bursts = [];
  for (let shuts = 2; shuts < 12; ++shuts) {
    await pause(500);
    const whileShut = await answer(ear, "");
    gate.postMessage({ type: "open", heldMs: 300 });
    await pause(200);
    const { lastTimestamp } = await answer(gate, { type: "shut", shuts });
    await pause(300);
    bursts.push({ whileShut, lastTimestamp, heard: await answer(ear, "") });
  }
  return bursts;
}

const kFiles = { "/gate.js": gate, "/ear.js": ear };
const server = createServer((request, response) => {
  const script = kFiles[request.url];
  response.setHeader("content-type", script ? "text/javascript" : "text/html");
  response.end(script ?? "<!doctype html><title>keying</title>");
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
  ],
});
const page = await browser.newPage();
await page.goto(`http://localhost:${server.address().port}/`);
const bursts = await page.evaluate(keyAndListen);
await browser.close();
server.close();

for (const { whileShut, lastTimestamp, heard } of bursts) {
  assert.deepEqual(whileShut, [], "nothing passes a shut gate");
  assert.equal(heard.at(-1), lastTimestamp, "the gate names the last frame of the wire");
  // 300 ms from before it opened and some 200 ms from after, each 20 ms after the one before.
  assert.ok(heard.length >= 20, `only ${heard.length} frames were heard`);
  for (let index = 1; index < heard.length; ++index) {
    assert.equal((heard[index] - heard[index - 1]) >>> 0, 960, "no frame is missing");
  }
}
console.log(`keying: ${bursts.length} passed, 0 failed`);
