/** Streams of an exec session. The last three only where an ambassador asks: what to run, that it cannot be run here now, and what to run as a probe. */
export const stream = { stdin: 0, stdout: 1, stderr: 2, exit: 3, arguments: 4, away: 5, probe: 6 } as const;

export interface Frame {
  stream: number;
  payload: Buffer;
}

const headerBytes = 5;
/** Far above what a terminal or pipe delivers at once. */
const maxPayload = 16 * 1024 * 1024;

/** u8 stream, u32 length in network byte order, payload. */
export function frame(id: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(id, 0);
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

/** Feed it chunks as they come; gives the frames that are whole. Throws when the other side does not speak in frames. */
export function frameReader(): (chunk: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= headerBytes) {
      const length = rest.readUInt32BE(1);
      if (length > maxPayload) throw new Error(`a frame of ${length} bytes is too long`);
      if (rest.length < headerBytes + length) break;
      frames.push({ stream: rest.readUInt8(0), payload: rest.subarray(headerBytes, headerBytes + length) });
      rest = rest.subarray(headerBytes + length);
    }
    return frames;
  };
}
