export type Reply = string | number | null | Error | Reply[];

export function encodeCommand(...parts: (string | Buffer)[]): Buffer {
  const chunks: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)];
  for (const part of parts) {
    const bytes = Buffer.from(part);
    chunks.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(chunks);
}

/** Incremental decoder of Redis replies (RESP2); strings are latin1, so that bytes are kept. */
export class ReplyDecoder {
  private buffer: Buffer = Buffer.alloc(0);

  /** Adds what arrived; returns the replies that are complete. */
  push(data: Buffer): Reply[] {
    this.buffer = this.buffer.length > 0 ? Buffer.concat([this.buffer, data]) : data;
    const replies: Reply[] = [];
    let at = 0;
    for (;;) {
      const decoded = this.decode(at);
      if (!decoded) break;
      replies.push(decoded.reply);
      at = decoded.end;
    }
    this.buffer = this.buffer.subarray(at);
    return replies;
  }

  private decode(at: number): { reply: Reply; end: number } | undefined {
    const lineEnd = this.buffer.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return undefined;
    const kind = String.fromCharCode(this.buffer[at] ?? 0);
    const text = this.buffer.toString('latin1', at + 1, lineEnd);
    const next = lineEnd + 2;
    switch (kind) {
      case '+': return { reply: text, end: next };
      case '-': return { reply: new Error(text), end: next };
      case ':': return { reply: Number(text), end: next };
      case '$': return this.decodeString(next, Number(text));
      case '*': return this.decodeArray(next, Number(text));
      default: throw new Error(`not a Redis reply: ${kind}${text}`);
    }
  }

  private decodeString(at: number, length: number): { reply: Reply; end: number } | undefined {
    if (length < 0) return { reply: null, end: at };
    const end = at + length + 2;
    return this.buffer.length < end ? undefined : { reply: this.buffer.toString('latin1', at, at + length), end };
  }

  private decodeArray(at: number, length: number): { reply: Reply; end: number } | undefined {
    const replies: Reply[] = [];
    let end = at;
    for (let i = 0; i < length; i++) {
      const element = this.decode(end);
      if (!element) return undefined;
      replies.push(element.reply);
      end = element.end;
    }
    return { reply: replies, end };
  }
}
