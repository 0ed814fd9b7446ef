/** As much of ASN.1's DER as a signing request takes. */
export type Der = Buffer;

const tag = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, utf8: 0x0c, sequence: 0x30, set: 0x31 };

export const sequence = (...items: Der[]) => element(tag.sequence, ...items);
export const set = (...items: Der[]) => element(tag.set, ...items);
export const integer = (value: number) => element(tag.integer, Buffer.from([value]));
export const octetString = (content: Der) => element(tag.octetString, content);
/** The leading byte counts unused bits. */
export const bitString = (content: Der) => element(tag.bitString, Buffer.from([0]), content);
export const utf8 = (text: string) => element(tag.utf8, Buffer.from(text));
export const constructed = (n: number, ...items: Der[]) => element(0xa0 | n, ...items);
export const primitive = (n: number, content: Der) => element(0x80 | n, content);

export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(tag.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function element(type: number, ...content: Der[]): Der {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([type, ...length(body.length)]), body]);
}

function length(bytes: number): number[] {
  if (bytes < 0x80) return [bytes];
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff);
  return [0x80 | digits.length, ...digits];
}
