package io.faasflow.docker;

import io.faasflow.container.ComingCalls;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls that runs have told of, for the containers of one kind, and that have not come yet. Guarded by the
 * lock of its {@link WorkerContainers}.
 */
final class Outlook {
  /** Those of one foreach instance, or of a run outside of any. */
  private static final class OfInstance {
    /** How many are to come, by task. */
    final Map<String, Integer> tasks = new HashMap<>();

    long calls; // of all of them
    long sinceNanos; // when it was told last
  }

  private final Map<RunId, Map<List<Integer>, OfInstance>> runs = new HashMap<>(); // none is empty
  private long calls; // of all runs

  /** Takes note of calls, if they are not known yet. */
  void add(ComingCalls coming, long now) {
    OfInstance instance = runs.computeIfAbsent(coming.run(), any -> new HashMap<>())
        .computeIfAbsent(coming.instance(), any -> new OfInstance());
    if (instance.tasks.putIfAbsent(coming.task(), coming.atOnce()) == null) {
      instance.sinceNanos = now;
      instance.calls += coming.atOnce();
      calls += coming.atOnce();
    }
  }

  /** A call has come, whether or not it was told of. */
  void came(FunctionContext call) {
    Map<List<Integer>, OfInstance> run = runs.isEmpty() ? null : runs.get(call.runId());
    if (run == null) {
      return;
    }
    List<Integer> path = call.instance();
    for (int depth = path.size(); depth >= 0; depth--) { // a foreach is told of from outside
      OfInstance instance = run.get(path.subList(0, depth));
      if (instance != null && instance.tasks.containsKey(call.task())) {
        instance.tasks.computeIfPresent(call.task(), (same, left) -> left == 1 ? null : left - 1);
        instance.calls--;
        calls--;
        if (instance.tasks.isEmpty()) {
          run.remove(path.subList(0, depth));
        }
        break;
      }
    }
    if (run.isEmpty()) {
      runs.remove(call.runId());
    }
  }

  /** What has not come by now, will not. */
  void forget(RunId id) {
    Map<List<Integer>, OfInstance> run = runs.isEmpty() ? null : runs.remove(id);
    if (run != null) {
      run.values().forEach(instance -> calls -= instance.calls);
    }
  }

  /**
   * Forgets what was told so long ago: it may have come after the run's end, or be of a foreach instance
   * that has failed, or there were fewer instances than expected.
   */
  void forgetOlderThan(long nanos, long now) {
    runs.values().removeIf(run -> {
      run.values().removeIf(instance -> {
        boolean old = now - instance.sinceNanos >= nanos;
        calls -= old ? instance.calls : 0;
        return old;
      });
      return run.isEmpty();
    });
  }

  boolean isEmpty() {
    return runs.isEmpty();
  }

  /** How many calls are to come, of all runs. */
  long calls() {
    return calls;
  }

  /** How many calls are to come of the same foreach instance, or of the same run outside of any. */
  long callsBeside(ComingCalls coming) {
    Map<List<Integer>, OfInstance> run = runs.get(coming.run());
    @Nullable OfInstance instance = run == null ? null : run.get(coming.instance());
    return instance == null ? 0 : instance.calls;
  }
}
