import type { Backend } from '../../world/web/ort.ts';
import type { ReceivedFrame } from '../frameMessage.ts';
import type { Hello, PlayerMessage } from '../messages.ts';
import type { Take } from '../take.ts';

/** Tells the worker what to play; all places are URLs. */
export interface OpenWorld {
  readonly type: 'open';
  /** The folders of one world or of two to be compared; what their address asks for, every file's does too. */
  readonly worlds: readonly string[];
  /** The folder of onnxruntime-web's files. */
  readonly runtime: string;
  /** Left out: the fastest that this browser has. */
  readonly backend: Backend | undefined;
  readonly seed: number;
}

/** What the page says to its worker. */
export type ToWorker = OpenWorld | PlayerMessage;

/** What the worker says to the page. */
export type FromWorker =
  | { readonly type: 'loading'; readonly share: number }
  /** @property measuredMs what a frame takes here, of many the median */
  | { readonly type: 'ready'; readonly hello: Hello; readonly measuredMs: number }
  | { readonly type: 'frame'; readonly frame: ReceivedFrame }
  /** @property take nothing when the run is too long */
  | { readonly type: 'kept'; readonly take: Take | undefined }
  | { readonly type: 'failed'; readonly reason: string };
