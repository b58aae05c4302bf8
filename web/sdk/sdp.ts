// The few values a media node needs from a browser's offer, and the answer the browser needs from the
// node's values. SDP never leaves the browser. Payload types and extension ids are those of the offer:
// they differ between browsers and between their versions.

export const kAudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"; // RFC 6464

// One audio section of the offer: the first is the microphone, the others are receive slots.
export interface OfferSection {
  readonly mid: string;
  readonly opusPayloadType: number;
  // 0: not offered.
  readonly audioLevelId: number;
}

export interface Offer {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: Uint8Array<ArrayBuffer>; // SHA-256
  readonly microphoneSsrc: number;
  readonly microphone: OfferSection;
  readonly slots: readonly OfferSection[];
}

export interface AnswerCandidate {
  readonly transport: "udp" | "tcp"; // tcp: passive (RFC 6544)
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  readonly foundation: string;
}

export interface AnswerValues {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: Uint8Array; // SHA-256
  readonly candidates: readonly AnswerCandidate[];
  readonly slotSsrcs: readonly number[];
}

export class SdpError extends Error {}

interface RawSection {
  readonly media: string;
  readonly attributes: readonly string[]; // without "a="
}

// Throws SdpError when the offer lacks something a call cannot do without.
export function readOffer(sdp: string): Offer {
  const { session, sections } = split(sdp);
  const microphone = sections[0];
  if (!microphone) throw new SdpError("the offer has no audio section");
  const shared = [...microphone.attributes, ...session];
  return {
    iceUfrag: required(shared, "ice-ufrag"),
    icePwd: required(shared, "ice-pwd"),
    fingerprint: readFingerprint(shared),
    microphoneSsrc: readSsrc(microphone),
    microphone: readSection(microphone),
    slots: sections.slice(1).map(readSection),
  };
}

// The answer of an ICE-lite DTLS server. A slot of the offer beyond the node's slots stays inactive.
export function buildAnswer(offer: Offer, answer: AnswerValues): string {
  const sections = [offer.microphone, ...offer.slots];
  const lines = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${sections.map((section) => section.mid).join(" ")}`,
    "a=msid-semantic: WMS *",
    ...sectionLines(offer.microphone, answer, ["a=recvonly"]),
    ...answer.candidates.map(candidateLine),
    "a=end-of-candidates",
    ...offer.slots.flatMap((section, slot) => sectionLines(section, answer, slotLines(slot, answer))),
  ];
  return lines.join("\r\n") + "\r\n";
}

function split(sdp: string): { session: string[]; sections: RawSection[] } {
  const session: string[] = [];
  const sections: { media: string; attributes: string[] }[] = [];
  for (const line of sdp.split(/\r?\n/)) {
    if (line.startsWith("m=")) sections.push({ media: line.slice(2), attributes: [] });
    else if (line.startsWith("a=")) (sections.at(-1)?.attributes ?? session).push(line.slice(2));
  }
  return { session, sections: sections.filter((section) => section.media.startsWith("audio ")) };
}

function find(attributes: readonly string[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.startsWith(`${name}:`))?.slice(name.length + 1);
}

function required(attributes: readonly string[], name: string): string {
  const value = find(attributes, name);
  if (!value) throw new SdpError(`the offer has no ${name}`);
  return value;
}

function readFingerprint(attributes: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = attributes
    .map((attribute) => /^fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(attribute))
    .find((match) => match !== null)?.[1];
  if (!text) throw new SdpError("the offer has no SHA-256 fingerprint");
  return Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16));
}

function readSsrc(section: RawSection): number {
  const ssrc = Number.parseInt(find(section.attributes, "ssrc") ?? "", 10);
  if (!(ssrc >= 1 && ssrc <= 0xffffffff)) throw new SdpError("the offer has no microphone SSRC");
  return ssrc;
}

function readSection(section: RawSection): OfferSection {
  const rtpmap = section.attributes
    .map((attribute) => /^rtpmap:(\d+) opus\/48000\/2$/i.exec(attribute))
    .find((match) => match !== null);
  if (!rtpmap?.[1]) throw new SdpError("the offer has no Opus");
  const level = section.attributes
    .map((attribute) => /^extmap:(\d+)(?:\/\w+)? (\S+)/.exec(attribute))
    .find((match) => match?.[2] === kAudioLevelUri);
  return {
    mid: required(section.attributes, "mid"),
    opusPayloadType: Number.parseInt(rtpmap[1], 10),
    audioLevelId: level?.[1] ? Number.parseInt(level[1], 10) : 0,
  };
}

function sectionLines(section: OfferSection, answer: AnswerValues, own: readonly string[]): string[] {
  const type = section.opusPayloadType;
  return [
    `m=audio 9 UDP/TLS/RTP/SAVPF ${type}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${section.mid}`,
    `a=ice-ufrag:${answer.iceUfrag}`,
    `a=ice-pwd:${answer.icePwd}`,
    `a=fingerprint:sha-256 ${fingerprintText(answer.fingerprint)}`,
    "a=setup:passive",
    "a=rtcp-mux",
    "a=rtcp-rsize",
    `a=rtpmap:${type} opus/48000/2`,
    `a=fmtp:${type} minptime=10;useinbandfec=1`,
    ...(section.audioLevelId > 0 ? [`a=extmap:${section.audioLevelId} ${kAudioLevelUri}`] : []),
    ...own,
  ];
}

function slotLines(slot: number, answer: AnswerValues): string[] {
  const ssrc = answer.slotSsrcs[slot];
  if (ssrc === undefined) return ["a=inactive"];
  return [
    "a=sendonly",
    `a=msid:parley-slot-${slot} parley-slot-${slot}`,
    `a=ssrc:${ssrc} cname:parley`,
    `a=ssrc:${ssrc} msid:parley-slot-${slot} parley-slot-${slot}`,
  ];
}

function candidateLine(candidate: AnswerCandidate): string {
  const { foundation, transport, priority, address, port } = candidate;
  const tcpType = transport === "tcp" ? " tcptype passive" : "";
  return `a=candidate:${foundation} 1 ${transport} ${priority} ${address} ${port} typ host${tcpType}`;
}

function fingerprintText(fingerprint: Uint8Array): string {
  return [...fingerprint].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
}
