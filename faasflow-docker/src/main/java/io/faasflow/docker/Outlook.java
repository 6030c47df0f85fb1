package io.faasflow.docker;

import io.faasflow.container.ComingCalls;
import io.faasflow.function.FunctionContext;
import io.faasflow.run.RunId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls that runs have told of, for the containers of one kind, and that have not come yet. Guarded by the
 * lock of its {@link WorkerContainers}.
 */
final class Outlook {
  private static final class OfRun {
    /** How many are to come, by foreach instance and task. */
    final Map<List<Integer>, Map<String, Integer>> instances = new HashMap<>();

    long calls; // of all of them
    long sinceNanos; // when it was told last
  }

  private final Map<RunId, OfRun> runs = new LinkedHashMap<>();
  private long calls; // of all runs

  /** Takes note of calls, if they are not known yet. */
  void add(ComingCalls coming, long now) {
    OfRun run = runs.computeIfAbsent(coming.run(), any -> new OfRun());
    Map<String, Integer> tasks =
        run.instances.computeIfAbsent(coming.instance(), any -> new HashMap<>());
    if (tasks.putIfAbsent(coming.task(), coming.atOnce()) == null) {
      run.sinceNanos = now;
      add(run, coming.atOnce());
    }
  }

  private void add(OfRun run, long more) {
    run.calls += more;
    calls += more;
  }

  /** A call has come, whether or not it was told of. */
  void came(FunctionContext call) {
    OfRun run = runs.isEmpty() ? null : runs.get(call.runId());
    if (run == null) {
      return;
    }
    List<Integer> path = call.instance();
    for (int depth = path.size(); depth >= 0; depth--) { // a foreach is told of from outside
      List<Integer> instance = path.subList(0, depth);
      Map<String, Integer> tasks = run.instances.get(instance);
      if (tasks != null && tasks.containsKey(call.task())) {
        tasks.computeIfPresent(call.task(), (same, left) -> left == 1 ? null : left - 1);
        if (tasks.isEmpty()) {
          run.instances.remove(instance);
        }
        add(run, -1);
        break;
      }
    }
    if (run.instances.isEmpty()) {
      runs.remove(call.runId());
    }
  }

  /** What has not come by now, will not. */
  void forget(RunId id) {
    OfRun run = runs.isEmpty() ? null : runs.remove(id);
    if (run != null) {
      calls -= run.calls;
    }
  }

  /** Forgets runs that have told nothing for so long: it may have come after their end. */
  void forgetOlderThan(long nanos, long now) {
    List<RunId> old = runs.entrySet().stream()
        .filter(run -> now - run.getValue().sinceNanos >= nanos)
        .map(Map.Entry::getKey)
        .toList();
    old.forEach(this::forget);
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
    OfRun run = runs.get(coming.run());
    @Nullable
    Map<String, Integer> tasks = run == null ? null : run.instances.get(coming.instance());
    return tasks == null
        ? 0
        : tasks.values().stream().mapToLong(Integer::longValue).sum();
  }
}
