package io.faasflow.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A worker as a partitioner sees it. Immutable.
 *
 * <p>Slots and memory are taken by each task that is placed here, whether it runs or not: a container
 * stays. CPUs are shared in time: they bound how much runs at once, and a task that declares more of
 * them than a worker has cannot be placed there.
 *
 * @param name its name, unique among the workers
 * @param cpus its CPU cores, above 0; {@link #UNLIMITED_CPUS} if nobody declared them
 * @param memoryBytes its memory for tasks, 0 or more; {@link #UNLIMITED_BYTES} if it does not matter
 * @param slots its container slots, 0 or more; {@link #UNLIMITED_SLOTS} if they do not matter
 * @param dataQuotaBytes the most data that tasks placed here may hand to each other, counted over all
 *     edges between them, 0 or more; {@link #UNLIMITED_BYTES} if it does not matter
 */
public record WorkerSpec(
    String name, double cpus, long memoryBytes, int slots, long dataQuotaBytes) {
  /** More CPUs than any task declares. */
  public static final double UNLIMITED_CPUS = Double.POSITIVE_INFINITY;

  /** More bytes than any plan asks for. */
  public static final long UNLIMITED_BYTES = Long.MAX_VALUE;

  /** More slots than any plan asks for. */
  public static final int UNLIMITED_SLOTS = Integer.MAX_VALUE;

  /** Refuses a blank name and capacities that are negative or not a number. */
  public WorkerSpec {
    Objects.requireNonNull(name, "name");
    if (name.isBlank()) {
      throw new IllegalArgumentException("A worker's name must not be blank");
    }
    if (!(cpus > 0)) {
      throw new IllegalArgumentException("cpus must be above 0, was " + cpus);
    }
    notNegative("memoryBytes", memoryBytes);
    notNegative("slots", slots);
    notNegative("dataQuotaBytes", dataQuotaBytes);
  }

  /** A worker of which only the slots matter. */
  public WorkerSpec(String name, int slots) {
    this(name, UNLIMITED_CPUS, UNLIMITED_BYTES, slots, UNLIMITED_BYTES);
  }

  private static void notNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must be 0 or more, was " + value);
    }
  }

  /** The same with another number of CPU cores. */
  public WorkerSpec withCpus(double newCpus) {
    return new WorkerSpec(name, newCpus, memoryBytes, slots, dataQuotaBytes);
  }

  /** The same with another amount of memory for tasks. */
  public WorkerSpec withMemoryBytes(long newMemoryBytes) {
    return new WorkerSpec(name, cpus, newMemoryBytes, slots, dataQuotaBytes);
  }

  /** The same with another number of container slots. */
  public WorkerSpec withSlots(int newSlots) {
    return new WorkerSpec(name, cpus, memoryBytes, newSlots, dataQuotaBytes);
  }

  /** The same with another limit for the data between its tasks. */
  public WorkerSpec withDataQuotaBytes(long newDataQuotaBytes) {
    return new WorkerSpec(name, cpus, memoryBytes, slots, newDataQuotaBytes);
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
