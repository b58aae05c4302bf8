import { describe, expect, it } from "vitest";
import { buildAnswer, readOffer, SdpError } from "../sdk/sdp";
import type { AnswerValues } from "../sdk/sdp";
import chromium from "./fixtures/offer_chromium.sdp?raw";
import firefox from "./fixtures/offer_firefox.sdp?raw";

const kAnswer: AnswerValues = {
  iceUfrag: "nodeufrag",
  icePwd: "nodepasswordnodepassword",
  fingerprint: Uint8Array.from({ length: 32 }, (_, index) => index * 8),
  candidates: [
    { transport: "udp", address: "192.0.2.7", port: 7700, priority: 2130706431, foundation: "1" },
    { transport: "tcp", address: "2001:db8::7", port: 7700, priority: 1671430143, foundation: "2" },
  ],
  slotSsrcs: [101, 102, 103, 104],
};

const sections = (sdp: string): string[][] =>
  sdp
    .split(/^m=/m)
    .slice(1)
    .map((section) => section.trim().split("\r\n"));

describe("an offer of Chromium", () => {
  const offer = readOffer(chromium);

  it("gives the values of the connection", () => {
    expect(offer.iceUfrag).toBe("8L2+");
    expect(offer.icePwd).toBe("wUreDH9wyKSSaHX082+V7mXx");
    expect(offer.microphoneSsrc).toBe(3171607282);
    expect(offer.fingerprint.length).toBe(32);
    expect([...offer.fingerprint.slice(0, 2), offer.fingerprint[31]]).toEqual([0xf9, 0xa9, 0xa0]);
  });

  it("gives the microphone and the slots", () => {
    expect(offer.microphone).toEqual({ mid: "0", opusPayloadType: 111, audioLevelId: 1 });
    expect(offer.slots.map((slot) => slot.mid)).toEqual(["1", "2", "3", "4"]);
  });
});

describe("an offer of Firefox", () => {
  const offer = readOffer(firefox);

  it("gives the values of the connection, though they are written in other places", () => {
    expect(offer.iceUfrag).toBe("2ae29376");
    expect(offer.icePwd).toBe("a83a145bd8459efa1fdfb57fcc0ae818");
    expect(offer.microphoneSsrc).toBe(162677643);
    expect([...offer.fingerprint.slice(0, 2)]).toEqual([0x1d, 0x67]);
  });

  it("gives its own payload type and slots that are bundled only", () => {
    expect(offer.microphone).toEqual({ mid: "0", opusPayloadType: 109, audioLevelId: 1 });
    expect(offer.slots.map((slot) => slot.opusPayloadType)).toEqual([109, 109, 109, 109]);
  });
});

describe("an unusual offer", () => {
  it("may have unknown attributes, bare line feeds and other ids", () => {
    const sdp = chromium
      .replaceAll("\r\n", "\n")
      .replaceAll("a=extmap:1 ", "a=extmap:9/sendrecv ")
      .replaceAll("a=rtcp-mux", "a=future:thing with words\na=another-flag\na=rtcp-mux");
    expect(readOffer(sdp).microphone.audioLevelId).toBe(9);
  });

  it("may have no audio level", () => {
    const sdp = chromium.replaceAll(/a=extmap:1 .*\r\n/g, "");
    expect(readOffer(sdp).microphone.audioLevelId).toBe(0);
    expect(buildAnswer(readOffer(sdp), kAnswer)).not.toContain("a=extmap");
  });

  it("may carry a second fingerprint", () => {
    const sdp = chromium.replaceAll("a=fingerprint:sha-256", "a=fingerprint:sha-1 AA:BB\r\na=fingerprint:sha-256");
    expect(readOffer(sdp).fingerprint[0]).toBe(0xf9);
  });

  it.each([
    ["ICE name", /a=ice-ufrag:.*\r\n/g],
    ["ICE password", /a=ice-pwd:.*\r\n/g],
    ["fingerprint", /a=fingerprint:.*\r\n/g],
    ["SSRC", /a=ssrc:.*\r\n/g],
    ["Opus", /a=rtpmap:111 .*\r\n/g],
    ["mid", /a=mid:.*\r\n/g],
    ["audio", /m=audio/g],
  ])("without %s is refused", (_what, line) => {
    expect(() => readOffer(chromium.replaceAll(line, ""))).toThrow(SdpError);
  });
});

describe.each([
  ["Chromium", chromium, 111],
  ["Firefox", firefox, 109],
])("the answer to %s", (_browser, sdp, payloadType) => {
  const answer = buildAnswer(readOffer(sdp), kAnswer);

  it("bundles all sections behind an ICE-lite DTLS server", () => {
    expect(answer).toContain("a=ice-lite\r\n");
    expect(answer).toContain("a=group:BUNDLE 0 1 2 3 4\r\n");
    expect(answer.endsWith("\r\n")).toBe(true);
    for (const section of sections(answer)) {
      expect(section).toContain("a=setup:passive");
      expect(section).toContain("a=rtcp-mux");
      expect(section).toContain("a=ice-ufrag:nodeufrag");
      expect(section).toContain(`a=rtpmap:${payloadType} opus/48000/2`);
      expect(section).toContain(`a=fmtp:${payloadType} minptime=10;useinbandfec=1`);
    }
    expect(answer).toContain("a=fingerprint:sha-256 00:08:10:18:20");
  });

  it("offers both kinds of candidates, once", () => {
    const candidates = answer.split("\r\n").filter((line) => line.startsWith("a=candidate"));
    expect(candidates).toEqual([
      "a=candidate:1 1 udp 2130706431 192.0.2.7 7700 typ host",
      "a=candidate:2 1 tcp 1671430143 2001:db8::7 7700 typ host tcptype passive",
    ]);
  });

  it("receives the microphone and sends one SSRC in each slot", () => {
    const [microphone, ...slots] = sections(answer);
    expect(microphone).toContain("a=recvonly");
    expect(slots.length).toBe(4);
    slots.forEach((slot, index) => {
      expect(slot).toContain("a=sendonly");
      expect(slot).toContain(`a=ssrc:${101 + index} cname:parley`);
    });
  });

  it("leaves slots that the node does not serve inactive", () => {
    const short = sections(buildAnswer(readOffer(sdp), { ...kAnswer, slotSsrcs: [101] }));
    expect(short[1]).toContain("a=sendonly");
    expect(short[2]).toContain("a=inactive");
    expect(short.length).toBe(5);
  });
});
