package io.faasflow.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.run.RunId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Stores of workers for tests: they keep references, and know which of them nobody has released, and
 * whether anybody reads what was released before its run was.
 *
 * <p>Registered with a test, they make sure that nothing is left and nothing was misused, after what the
 * test class itself does after each test.
 */
public final class CountingStores implements WorkerStores, AfterEachCallback {
  private record Shared(@Nullable Object value, AtomicInteger readers) {}

  private final Map<RunId, Map<Integer, Shared>> shared = new ConcurrentHashMap<>();
  private final Map<RunId, Set<Entry>> live = new ConcurrentHashMap<>();
  private final Set<RunId> released = ConcurrentHashMap.newKeySet();
  private final AtomicInteger kept = new AtomicInteger();
  private final AtomicInteger deployed = new AtomicInteger();
  private final Map<String, List<WorkerStore.FunctionShare>> shares = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> observed = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> misuses = new ConcurrentLinkedQueue<>();

  /** How many outputs are kept on all workers, and have not been released. */
  public int live() {
    return live.values().stream().mapToInt(Set::size).sum() + shared.size();
  }

  /** How many outputs were kept so far. */
  public int kept() {
    return kept.get();
  }

  /** How many deployments the workers know, one for each worker of each. */
  public int deployed() {
    return deployed.get();
  }

  /** The functions that a worker was last told of. */
  public List<WorkerStore.FunctionShare> shares(String worker) {
    return shares.getOrDefault(worker, List.of());
  }

  /** What functions were seen to use: {@code function bytes}. */
  public List<String> observed() {
    return List.copyOf(observed);
  }

  /** What an engine did that it must not. */
  public List<String> misuses() {
    return List.copyOf(misuses);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertThat(misuses()).isEmpty();
    assertThat(live()).isZero();
  }

  @Override
  public WorkerStore of(String worker) {
    return new OfWorker(worker);
  }

  private final class Entry implements Kept {
    private final RunId run;
    private final Output output;
    private volatile @Nullable Object value;
    private final boolean isReference;
    private final AtomicBoolean dropped = new AtomicBoolean();

    Entry(RunId run, Output output, @Nullable Object value, boolean isReference) {
      this.isReference = isReference;
      this.run = run;
      this.output = output;
      this.value = value;
    }

    @Override
    public @Nullable Object value() {
      Object known = value;
      if (dropped.get()) {
        if (!released.contains(run)) {
          misuses.add(output + " was read after its release");
        }
        throw new IllegalStateException(output + " was released");
      }
      return known;
    }

    @Override
    public void release() {
      if (dropped.compareAndSet(false, true)) {
        value = null;
        drop(this);
        if (isReference) {
          releaseShared(run, output);
        }
      }
    }

    @Override
    public String tier() {
      return MEMORY;
    }

    @Override
    public long bytes() {
      return -1;
    }

    @Override
    public Placement placement() {
      return Placement.IN_MEMORY;
    }
  }

  private void releaseShared(RunId run, Output output) {
    shared.computeIfPresent(run, (any, values) -> {
      values.computeIfPresent(
          output.node(), (node, one) -> one.readers().decrementAndGet() == 0 ? null : one);
      return values.isEmpty() ? null : values;
    });
  }

  private void drop(Entry entry) {
    live.computeIfPresent(entry.run, (run, entries) -> {
      entries.remove(entry);
      return entries.isEmpty() ? null : entries;
    });
  }

  private final class OfWorker implements WorkerStore {
    private final String worker;

    OfWorker(String worker) {
      this.worker = worker;
    }

    @Override
    public Kept keep(RunId run, Output output, @Nullable Object value) {
      kept.incrementAndGet();
      if (output.workersElsewhere().contains(worker)) {
        misuses.add(output + " is read elsewhere, on its own worker");
      }
      if (!output.workersElsewhere().isEmpty()) {
        Shared one =
            new Shared(value, new AtomicInteger(output.workersElsewhere().size()));
        shared.compute(run, (any, values) -> {
          Map<Integer, Shared> map = values == null ? new ConcurrentHashMap<>() : values;
          map.put(output.node(), one);
          return map;
        });
      }
      Entry entry = new Entry(run, output, value, false);
      if (output.readersHere() > 0) {
        live.compute(run, (any, entries) -> {
          Set<Entry> set = entries == null ? ConcurrentHashMap.newKeySet() : entries;
          set.add(entry);
          return set;
        });
      }
      return entry;
    }

    @Override
    public Kept reference(RunId run, Output output, Object absent) {
      Shared found = shared.getOrDefault(run, Map.of()).get(output.node());
      return new Entry(run, output, found == null ? absent : found.value(), true);
    }

    @Override
    public void releaseRun(RunId run) {
      released.add(run);
      live.remove(run);
      shared.remove(run);
    }

    @Override
    public void deploy(String deployment, String workflow, List<FunctionShare> functions) {
      deployed.incrementAndGet();
      shares.put(worker, functions);
    }

    @Override
    public void observed(String function, long memoryPeakBytes) {
      observed.add(function + " " + memoryPeakBytes);
    }

    @Override
    public void undeploy(String deployment) {
      deployed.decrementAndGet();
    }
  }
}
