package io.faasflow;

import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How long the nodes of one workflow took in past runs; what was last counts most. Thread-safe.
 *
 * <p>Times are means of what a node took till it was done: an attempt that failed is added to the next
 * one that does not. A foreach is known by its number of instances, and by its time from beginning to
 * end for each of these, whatever their concurrency was.
 */
final class RuntimeHistory implements RunListener {
  private final AtomicReferenceArray<@Nullable Past> nodes;

  RuntimeHistory(FunctionGraph graph) {
    nodes = new AtomicReferenceArray<>(graph.nodes().size());
  }

  /** A mean that follows its values: of the last {@value #MEMORY}, about. */
  private static final class Mean {
    private static final int MEMORY = 16;

    private double value;
    private int count;

    void add(double next) {
      count = Math.min(count + 1, MEMORY);
      value += (next - value) / count;
    }

    OptionalDouble get() {
      return count == 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
  }

  /** The past of one node. The monitor guards all fields; it is held for some nanoseconds. */
  private static final class Past {
    private final Mean nanos = new Mean();
    private final Mean instances = new Mean();
    private final Mean runs = new Mean(); // 1: it ran; 0: it was skipped
    private long failedNanos; // of attempts since the last that completed

    synchronized void failed(long time) {
      failedNanos += time;
    }

    synchronized void ran(long time) {
      nanos.add((double) (time + failedNanos));
      failedNanos = 0;
      runs.add(1);
    }

    synchronized void ranForeach(long time, int count) {
      if (count > 0) {
        nanos.add((double) time / count);
      }
      instances.add(count);
      runs.add(1);
    }

    synchronized void skipped() {
      runs.add(0);
    }

    synchronized OptionalDouble get(ToDoubleFunction<Past> which) {
      double value = which.applyAsDouble(this);
      return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
  }

  @Override
  public void on(RunEvent event) {
    if (!(event instanceof RunEvent.OfTask ofTask) || !ofTask.site().instance().isEmpty()) {
      return; // what is in a foreach counts with it
    }
    int node = ofTask.site().node();
    if (event instanceof RunEvent.Attempted attempted) {
      long time = attempted.nanos() - attempted.startNanos();
      if (attempted.outcome() == RunEvent.Outcome.COMPLETED) {
        past(node).ran(time);
      } else {
        past(node).failed(time);
      }
    } else if (event instanceof RunEvent.ForeachEnded ended) {
      past(node).ranForeach(ended.nanos() - ended.startNanos(), ended.instances());
    } else if (event instanceof RunEvent.Skipped) {
      past(node).skipped();
    }
  }

  private Past past(int node) {
    Past known = nodes.get(node);
    if (known != null) {
      return known;
    }
    Past made = new Past();
    Past other = nodes.compareAndExchange(node, null, made);
    return other == null ? made : other;
  }

  private OptionalDouble get(int node, ToDoubleFunction<Past> which) {
    Past known = nodes.get(node);
    return known == null ? OptionalDouble.empty() : known.get(which);
  }

  /** The time of a node, or of a foreach for each instance; empty where it never ran. */
  OptionalDouble nanos(int node) {
    return get(node, past -> past.nanos.get().orElse(Double.NaN));
  }

  /** How many instances a foreach has. */
  OptionalDouble instances(int node) {
    return get(node, past -> past.instances.get().orElse(Double.NaN));
  }

  /** In what share of runs a node is not skipped. */
  OptionalDouble chance(int node) {
    return get(node, past -> past.runs.get().orElse(Double.NaN));
  }
}
