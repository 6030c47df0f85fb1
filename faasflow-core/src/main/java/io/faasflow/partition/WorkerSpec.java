package io.faasflow.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A worker as a partitioner sees it. Immutable.
 *
 * @param name its name, unique among the workers
 * @param slots its container slots, 0 or more; {@link #UNLIMITED_SLOTS} if they do not matter
 */
public record WorkerSpec(String name, int slots) {
  /** More slots than any plan asks for. */
  public static final int UNLIMITED_SLOTS = Integer.MAX_VALUE;

  /** Refuses a blank name and negative slots. */
  public WorkerSpec {
    Objects.requireNonNull(name, "name");
    if (name.isBlank()) {
      throw new IllegalArgumentException("A worker's name must not be blank");
    }
    if (slots < 0) {
      throw new IllegalArgumentException("slots must be 0 or more, was " + slots);
    }
  }

  /** So many equal workers, named {@code worker-1}, {@code worker-2} and so on. */
  public static List<WorkerSpec> workers(int count, int slots) {
    if (count < 1) {
      throw new IllegalArgumentException("There must be at least 1 worker, was " + count);
    }
    List<WorkerSpec> workers = new ArrayList<>(count);
    for (int i = 1; i <= count; i++) {
      workers.add(new WorkerSpec("worker-" + i, slots));
    }
    return List.copyOf(workers);
  }
}
