import type { Gap } from './gaps';

/** What a client program saw of a service while it was moved. */
export interface LoadResult {
  /** Answers that the service gave: acknowledged writes, numbers, echoes. */
  acknowledged: number;
  /** Acknowledged and not there afterwards, or missing in a sequence. */
  lost: number;
  connections: number;
  /** Connections that ended or failed before the client ended them. */
  broken: number;
  /** In words, for the message of a failing test; empty when all is well. */
  problems: string[];
}

/** A client program: makes load until `finish`, then checks what the service answered against what it still knows. */
export interface Load {
  /** Begins a new window for `longestGapMs`. */
  resetWindow(): void;
  /** Longest time without an answer on any one connection since the window began, the time that runs included. */
  longestGapMs(): number;
  /** Silences since the window began that a client might notice, of all connections. */
  noticeableGaps(): Gap[];
  /** Checks so far, without ending. */
  check(): Promise<LoadResult>;
  finish(): Promise<LoadResult>;
}
