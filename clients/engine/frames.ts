export interface Frame {
  stream: number;
  payload: Buffer;
}

const headerBytes = 5;
/** Larger than any frame that an engine makes; a length beyond it means that the stream is not ours. */
const maxPayloadBytes = 16 * 1024 * 1024;

/** u8 stream, u32 length (network byte order), payload. */
export function frame(stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

/** Takes bytes as they come, gives the frames that are complete. */
export function createFrameReader(): (chunk: Buffer) => Frame[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      if (pending.length < headerBytes) return frames;
      const length = pending.readUInt32BE(1);
      if (length > maxPayloadBytes) throw new Error(`a frame of ${length} bytes is not one of an engine`);
      if (pending.length < headerBytes + length) return frames;
      frames.push({ stream: pending.readUInt8(0), payload: pending.subarray(headerBytes, headerBytes + length) });
      pending = pending.subarray(headerBytes + length);
    }
  };
}
