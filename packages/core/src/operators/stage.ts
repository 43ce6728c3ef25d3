import { Observable, type Subscriber } from 'rxjs';
import type { StageNeeds } from './frame-budget.js';
import { declareFrames, frameOwnerOf, holdFrame, type FrameOwner } from './frame-owner.js';

/** A value that a stage keeps, and what lets go of its frame. */
export interface Kept<T> {
  readonly value: T;
  readonly release: () => void;
}

/** What {@link stage} tells about its input, and takes the output from. */
export interface StageHandlers<In> {
  /** Owns the value until it calls `release`, at the latest when it has emitted what became of it. */
  readonly next: (kept: Kept<In>) => void;
  /** No more will come. Everything that is kept must be emitted before `finish` is called. */
  readonly end: () => void;
  /** The subscriber has left: lets go of everything that is kept. */
  readonly discard: () => void;
}

export interface StageOutput<Out> {
  readonly closed: boolean;
  emit(value: Out): void;
  /** Breaks the stream off. */
  fail(error: unknown): void;
  /** Ends the stream as the input has ended: by completion, or with the input's error. */
  finish(): void;
}

/**
 * The frame of an operator that keeps frames: declares its needs once, holds the frames that it keeps, delivers all
 * that came before an error of the input ahead of that error, and closes the owner of the frames when it is left
 * before its end. What its handlers throw becomes the stream's error.
 */
export function stage<In, Out>(
  needs: StageNeeds,
  create: (output: StageOutput<Out>) => StageHandlers<In>,
): (source: Observable<In>) => Observable<Out> {
  return (source) =>
    new Observable<Out>((subscriber: Subscriber<Out>) => {
      const owners = new Set<FrameOwner>();
      let failure: { readonly error: unknown } | undefined;
      let finished = false;
      const handlers = create({
        get closed() {
          return subscriber.closed;
        },
        emit: (value) => subscriber.next(value),
        fail: (error) => subscriber.error(error),
        finish: () => {
          if (finished || subscriber.closed) return;
          finished = true;
          if (failure === undefined) subscriber.complete();
          else subscriber.error(failure.error);
        },
      });
      const guard = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          subscriber.error(error);
        }
      };
      subscriber.add(() => {
        handlers.discard();
        if (!finished) for (const owner of owners) owner.close();
      });
      subscriber.add(
        source.subscribe({
          next: (value) =>
            guard(() => {
              const kept = { value, release: holdFrame(value) };
              const owner = frameOwnerOf(value);
              if (owner !== undefined && !owners.has(owner)) {
                owners.add(owner);
                declareFrames(value, needs);
              }
              handlers.next(kept);
            }),
          error: (error: unknown) =>
            guard(() => {
              failure = { error };
              handlers.end();
            }),
          complete: () => guard(() => handlers.end()),
        }),
      );
    });
}
