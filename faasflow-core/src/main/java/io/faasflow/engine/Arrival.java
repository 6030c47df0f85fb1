package io.faasflow.engine;

import org.jspecify.annotations.Nullable;

/** An output has come to where other workers can read it, or never will: they can be told. */
final class Arrival extends SingleWork {
  private static final long serialVersionUID = 1L;

  private final transient Frame frame;
  private final transient NodeCode code;
  private final transient RunState.OnItsWay output;
  private final transient @Nullable Throwable failure;

  Arrival(Frame frame, NodeCode code, RunState.OnItsWay output, @Nullable Throwable failure) {
    this.frame = frame;
    this.code = code;
    this.output = output;
    this.failure = failure;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.arrived(frame, code, output, failure);
  }
}
