// A scenario file: rooms with the rules of their floor, members with their rights, what each presses
// when, and what each must see and hear. Plain text; what follows a # at the beginning of a line is a
// comment. Times are seconds from the moment at which everybody is connected.
//
//   room NAME MODE [options of "parley-signaling room"]
//   member NAME [role R] [tier T] [level N] [delegation D] [in ROOM...]
//   late NAME ...                 the same, and joins when the world says so
//   NAME:                         then indented lines: a script of presses (client/bot/ptt_script.hpp)
//   world:                        then indented lines: SECONDS kill|start signaling, crash|join NAME
//   NAME sees                     then indented lines: parts of lines the bot prints, in this order
//   NAME never sees               likewise, and none of them is printed
//   NAME hears SENDER [N]         voice of SENDER; with N: as many bursts, each from its first packet
//                                 to its last without a gap
import fs from 'node:fs';

export interface Room {
  name: string;
  mode: string;
  options: string[];
}

export interface Member {
  name: string;
  isLate: boolean;
  rights: string[]; // options of "parley-admin invite"
  rooms: string[]; // empty: all
  script: string[];
  sees: string[];
  neverSees: string[];
}

export interface Hearing {
  listener: string;
  sender: string;
  bursts: number | undefined;
}

export interface WorldStep {
  at: number;
  action: 'kill' | 'start' | 'crash' | 'join';
  what: string;
}

export interface Scenario {
  rooms: Room[];
  members: Member[];
  world: WorldStep[];
  hearings: Hearing[];
}

const rightsOptions = ['role', 'tier', 'level', 'delegation'];

function parseMember(words: string[], isLate: boolean): Member {
  const member: Member = { name: words[0]!, isLate, rights: [], rooms: [], script: [], sees: [], neverSees: [] };
  let i = 1;
  for (; i + 1 < words.length && rightsOptions.includes(words[i]!); i += 2) member.rights.push(`--${words[i]}`, words[i + 1]!);
  if (words[i] === 'in') {
    member.rooms = words.slice(i + 1);
    i = words.length;
  }
  if (i !== words.length) throw new Error(`unknown right "${words[i]}"`);
  return member;
}

function parseWorldStep(words: string[]): WorldStep {
  const [at, action, what] = words;
  if (action !== 'kill' && action !== 'start' && action !== 'crash' && action !== 'join') throw new Error(`the world cannot ${action}`);
  if ((action === 'kill' || action === 'start') && what !== 'signaling') throw new Error(`the world cannot ${action} ${what}`);
  return { at: Number(at), action, what: what! };
}

export function parseScenario(text: string): Scenario {
  const scenario: Scenario = { rooms: [], members: [], world: [], hearings: [] };
  let take: (line: string) => void = () => {
    throw new Error('an indented line belongs to nothing');
  };
  const named = (name: string): Member => {
    const member = scenario.members.find((one) => one.name === name);
    if (!member) throw new Error(`nobody is called ${name}`);
    return member;
  };
  const head = (line: string): void => {
    const words = line.split(/\s+/);
    const [first, second, third, fourth] = words;
    if (first === 'room') scenario.rooms.push({ name: second!, mode: third!, options: words.slice(3) });
    else if (first === 'member' || first === 'late') scenario.members.push(parseMember(words.slice(1), first === 'late'));
    else if (line === 'world:') take = (indented) => scenario.world.push(parseWorldStep(indented.split(/\s+/)));
    else if (line.endsWith(':')) take = (indented) => named(line.slice(0, -1)).script.push(indented);
    else if (second === 'sees') take = (indented) => named(first!).sees.push(indented);
    else if (second === 'never' && third === 'sees') take = (indented) => named(first!).neverSees.push(indented);
    else if (second === 'hears') {
      scenario.hearings.push({ listener: named(first!).name, sender: named(third!).name, bursts: fourth === undefined ? undefined : Number(fourth) });
    } else throw new Error('not a line of a scenario');
  };
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    try {
      if (/^\s/.test(line)) take(line.trim());
      else head(line.trim());
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}: ${line}`);
    }
  });
  return scenario;
}

export function readScenario(file: string): Scenario {
  return parseScenario(fs.readFileSync(file, 'utf8'));
}
