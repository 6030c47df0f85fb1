package io.faasflow.engine;

import io.faasflow.container.ContainerUsage;
import io.faasflow.graph.Node;
import io.faasflow.graph.Operation;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.observe.ValueSize;
import io.faasflow.store.Kept;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells a listener of what happens to the nodes of a frame. There is one only where somebody listens:
 * otherwise the engine neither looks at the clock nor makes events.
 */
final class Observation {
  private final RunListener listener;
  private final RunState run;

  Observation(RunListener listener, RunState run) {
    this.listener = listener;
    this.run = run;
  }

  long now() {
    return run.engine.clock().nanos();
  }

  private RunEvent.Site site(Frame frame, Node node) {
    return site(frame, node, frame.instancePath());
  }

  private RunEvent.Site site(Frame frame, Node node, List<Integer> instance) {
    String function =
        node.operation() instanceof Operation.Run task ? task.task().function() : node.name();
    return new RunEvent.Site(
        frame.outermostNode(node.id()), node.name(), function, instance, run.engine.worker());
  }

  /** One attempt, if the node is one that runs a function. */
  void attempted(
      Frame frame,
      NodeCode code,
      int attempt,
      long start,
      @Nullable Object output,
      @Nullable Throwable failure,
      RunEvent.Outcome outcome) {
    if (code.node.operation().isVirtual()) {
      return;
    }
    long now = now();
    long ready = frame.readyAt(code.id, start);
    listener.on(new RunEvent.Attempted(
        run.ref.id(),
        site(frame, code.node),
        attempt,
        outcome,
        ready,
        start,
        now,
        failure == null ? ValueSize.of(output) : RunEvent.UNKNOWN_BYTES,
        failure));
  }

  void contained(Frame frame, NodeCode code, int attempt, ContainerUsage usage) {
    listener.on(
        new RunEvent.Contained(run.ref.id(), site(frame, code.node), attempt, now(), usage));
  }

  void skipped(Frame frame, NodeCode code) {
    if (!code.node.operation().isVirtual()) {
      listener.on(new RunEvent.Skipped(run.ref.id(), site(frame, code.node), now()));
    }
  }

  /** An instance is done; the frame is its own. */
  void instanceEnded(Frame frame, Loop loop) {
    RunEvent.Site site = site(loop.frame, loop.code.node, frame.instancePath());
    long now = now();
    long start = frame.readyAt(Program.START, now);
    listener.on(new RunEvent.InstanceEnded(run.ref.id(), site, start, now));
  }

  void foreachEnded(Loop loop) {
    List<@Nullable Object> results = loop.results();
    long now = now();
    listener.on(new RunEvent.ForeachEnded(
        run.ref.id(),
        site(loop.frame, loop.code.node),
        loop.frame.readyAt(loop.code.id, now),
        now,
        results.size(),
        ValueSize.of(results)));
  }

  void compensated(Effects.Effect effect, int attempt, long start, @Nullable Throwable failure) {
    Node node = effect.code().node;
    Operation.Run task = (Operation.Run) node.operation();
    RunEvent.Site site = new RunEvent.Site(
        node.id(), node.name(), task.task().function(), effect.instance(), run.engine.worker());
    listener.on(new RunEvent.Compensated(run.ref.id(), site, attempt, start, now(), failure));
  }

  void saved(Frame frame, NodeCode code, @Nullable Object output, long start) {
    listener.on(new RunEvent.Saved(
        run.ref.id(),
        site(frame, code.node),
        start,
        now(),
        ValueSize.of(output),
        RunEvent.Saved.HEAP,
        ""));
  }

  void kept(Frame frame, NodeCode code, Kept kept, long start) {
    listener.on(new RunEvent.Saved(
        run.ref.id(),
        site(frame, code.node),
        start,
        now(),
        kept.bytes(),
        kept.placement().tiers(),
        kept.placement().reason()));
  }

  void fetched(Frame frame, Node node, @Nullable Object value, long start) {
    fetched(frame, node, ValueSize.of(value), RunEvent.Saved.HEAP, start);
  }

  void fetched(Frame frame, Node node, long bytes, String tier, long start) {
    listener.on(new RunEvent.Fetched(run.ref.id(), site(frame, node), start, now(), bytes, tier));
  }
}
