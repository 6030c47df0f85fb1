package io.faasflow.observe;

import io.faasflow.container.ContainerUsage;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the timelines of the last runs, within bounds, so that it can stay in place in production.
 * Thread-safe; events wait for each other, for as long as it takes to add one to a list.
 */
public final class TimelineRecorder implements RunListener {
  /** What is known of a run; guarded by the recorder. */
  private static final class Notes {
    private final RunEvent.RunStarted start;
    private final List<RunTimeline.Entry> entries = new ArrayList<>();
    private final Map<Moved, Sum> data = new LinkedHashMap<>();
    private final Map<String, Used> containers = new LinkedHashMap<>(); // by task
    private RunEvent.@Nullable RunEnded end;
    private long lastNanos;
    private int dropped;

    Notes(RunEvent.RunStarted start) {
      this.start = start;
      this.lastNanos = start.nanos();
    }

    Duration since(long nanos) {
      return Duration.ofNanos(nanos - start.nanos());
    }

    RunTimeline timeline() {
      return new RunTimeline(
          start.run(),
          start.workflow(),
          end == null ? RunStatus.RUNNING : end.status(),
          since(end == null ? lastNanos : end.nanos()),
          entries,
          dropped,
          data.entrySet().stream()
              .map(one -> data(one.getKey(), one.getValue()))
              .toList(),
          containers.entrySet().stream()
              .map(one -> new RunTimeline.InContainers(
                  one.getKey(), one.getValue().calls, one.getValue().usage))
              .toList());
    }

    private static RunTimeline.Data data(Moved moved, Sum sum) {
      return new RunTimeline.Data(
          moved.task,
          moved.direction,
          moved.tier,
          sum.times,
          sum.bytes,
          Duration.ofNanos(sum.nanos));
    }
  }

  /** What data are added up by. There are no more of these than tasks times tiers, times two. */
  private record Moved(String task, RunTimeline.Direction direction, String tier) {}

  private static final class Sum {
    private long times;
    private long bytes = RunEvent.UNKNOWN_BYTES;
    private long nanos;

    void add(long size, long time) {
      times++;
      if (size >= 0) {
        bytes = Math.max(0, bytes) + size;
      }
      nanos += time;
    }
  }

  private static final class Used {
    private long calls;
    private ContainerUsage usage = ContainerUsage.NONE;
  }

  private final Map<RunId, Notes> runs = new LinkedHashMap<>();
  private final Map<RunId, RunId> recoveries = new HashMap<>(); // and the runs that they belong to
  private final int maxRuns;
  private final int maxEntries;

  /**
   * @param maxRuns how many runs are kept, 1 or more; the oldest goes first, and of these one that has
   *     ended
   * @param maxEntries how many entries of a run are kept, 1 or more; the first ones stay
   */
  public TimelineRecorder(int maxRuns, int maxEntries) {
    if (maxRuns < 1 || maxEntries < 1) {
      throw new IllegalArgumentException("A recorder keeps 1 run and 1 entry or more, not "
          + maxRuns + " runs and " + maxEntries + " entries");
    }
    this.maxRuns = maxRuns;
    this.maxEntries = maxEntries;
  }

  @Override
  public synchronized void on(RunEvent event) {
    if (event instanceof RunEvent.RunStarted started) {
      if (started.recovers() != null && runs.containsKey(started.recovers())) {
        recoveries.put(started.run(), started.recovers());
        return;
      }
      if (runs.size() == maxRuns) {
        forgetOne();
      }
      runs.put(started.run(), new Notes(started));
      return;
    }
    RunId recovered = recoveries.get(event.run());
    if (recovered != null && event instanceof RunEvent.RunEnded) {
      recoveries.remove(event.run());
      return;
    }
    Notes notes = runs.get(recovered == null ? event.run() : recovered);
    if (notes == null) {
      return; // forgotten already
    }
    notes.lastNanos = Math.max(notes.lastNanos, event.nanos());
    if (event instanceof RunEvent.RunEnded ended) {
      notes.end = ended;
    } else if (event instanceof RunEvent.Attempted attempted) {
      add(notes, entry(notes, attempted));
    } else if (event instanceof RunEvent.Skipped skipped) {
      Duration at = notes.since(skipped.nanos());
      add(
          notes,
          new RunTimeline.Entry(skipped.site(), 0, RunTimeline.State.SKIPPED, at, at, at, null));
    } else if (event instanceof RunEvent.Compensated compensated) {
      add(notes, entry(notes, compensated));
    } else if (event instanceof RunEvent.Contained contained) {
      Used used = notes.containers.computeIfAbsent(contained.site().task(), any -> new Used());
      used.calls++;
      used.usage = used.usage.plus(contained.usage());
    } else if (event instanceof RunEvent.Saved saved) {
      moved(notes, saved.site(), RunTimeline.Direction.SAVED, saved.tier())
          .add(saved.bytes(), saved.nanos() - saved.startNanos());
    } else if (event instanceof RunEvent.Fetched fetched) {
      moved(notes, fetched.site(), RunTimeline.Direction.FETCHED, fetched.tier())
          .add(fetched.bytes(), fetched.nanos() - fetched.startNanos());
    }
  }

  private static Sum moved(
      Notes notes, RunEvent.Site site, RunTimeline.Direction direction, String tier) {
    return notes.data.computeIfAbsent(new Moved(site.task(), direction, tier), any -> new Sum());
  }

  private static RunTimeline.Entry entry(Notes notes, RunEvent.Compensated compensated) {
    Duration start = notes.since(compensated.startNanos());
    return new RunTimeline.Entry(
        compensated.site(),
        compensated.attempt(),
        compensated.failure() == null ? RunTimeline.State.UNDONE : RunTimeline.State.NOT_UNDONE,
        start,
        start,
        notes.since(compensated.nanos()),
        compensated.failure());
  }

  private static RunTimeline.Entry entry(Notes notes, RunEvent.Attempted attempted) {
    RunTimeline.State state = switch (attempted.outcome()) {
      case COMPLETED -> RunTimeline.State.COMPLETED;
      case FAILED -> RunTimeline.State.FAILED;
      case TIMED_OUT -> RunTimeline.State.TIMED_OUT;
    };
    return new RunTimeline.Entry(
        attempted.site(),
        attempted.attempt(),
        state,
        notes.since(attempted.readyNanos()),
        notes.since(attempted.startNanos()),
        notes.since(attempted.nanos()),
        attempted.failure());
  }

  private void add(Notes notes, RunTimeline.Entry entry) {
    if (notes.entries.size() < maxEntries) {
      notes.entries.add(entry);
    } else {
      notes.dropped++;
    }
  }

  private void forgetOne() {
    Iterator<Notes> oldest = runs.values().iterator();
    while (oldest.hasNext()) {
      if (oldest.next().end != null) {
        oldest.remove();
        return;
      }
    }
    RunId first = runs.keySet().iterator().next();
    runs.remove(first);
  }

  /** The timeline of a run so far; empty where the run is not known, or not any more. */
  public synchronized Optional<RunTimeline> timeline(RunId run) {
    return Optional.ofNullable(runs.get(run)).map(Notes::timeline);
  }

  /** The timelines of all runs that are kept, the oldest first. */
  public synchronized List<RunTimeline> timelines() {
    return runs.values().stream().map(Notes::timeline).toList();
  }
}
