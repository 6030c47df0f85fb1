package io.faasflow.docker;

import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How a container ended, if it did.
 *
 * @param ended whether it does not run any more
 * @param exitCode empty where it is unknown
 */
record Ending(boolean ended, OptionalInt exitCode, boolean outOfMemory) {
  private static final int LOOKS = 120;
  private static final long BETWEEN_NANOS = 25_000_000;

  static Ending of(Engine.@Nullable State state) {
    return state == null
        ? new Ending(true, OptionalInt.empty(), false)
        : new Ending(!state.running(), state.exitCode(), state.outOfMemory());
  }

  /**
   * How a container ended whose connection broke. The engine learns of it a moment after us, so it is
   * asked for three seconds, as it may have much to do; an interrupt ends that.
   */
  static Ending await(Engine engine, String id) {
    Ending ending = new Ending(false, OptionalInt.empty(), false);
    for (int i = 0; i < LOOKS && !ending.ended(); i++) {
      try {
        ending = of(engine.state(id));
      } catch (
          @SuppressWarnings("unused")
          RuntimeException e) {
        return new Ending(false, OptionalInt.empty(), false); // the engine cannot say
      }
      if (!ending.ended()) {
        LockSupport.parkNanos(BETWEEN_NANOS);
      }
    }
    return ending;
  }

  /** For messages, to be put behind what happened. */
  String text() {
    return outOfMemory
        ? "; it was killed for taking more memory than it may: give the task more memory"
        : exitCode.isPresent() ? "; its process ended with code " + exitCode.getAsInt() : "";
  }
}
