package io.faasflow.function;

/**
 * What one instance of a task takes of its worker. Immutable. The partitioner places tasks by it.
 *
 * @param cpus CPU cores, 0 to {@link #MAX_CPUS}; fractions allowed
 * @param memoryBytes memory, 0 or more
 * @param slots container slots, 0 or more
 */
public record Resources(double cpus, long memoryBytes, int slots) {
  /** Nothing declared. */
  public static final Resources NONE = new Resources(0, 0, 0);

  /** The most CPU cores that can be declared. */
  public static final double MAX_CPUS = 1_000_000;

  /** Refuses what is negative or not a number. */
  public Resources {
    if (!(cpus >= 0 && cpus <= MAX_CPUS)) {
      throw new IllegalArgumentException("cpus must be from 0 to 1,000,000, was " + cpus);
    }
    if (memoryBytes < 0) {
      throw new IllegalArgumentException("memoryBytes must be 0 or more, was " + memoryBytes);
    }
    if (slots < 0) {
      throw new IllegalArgumentException("slots must be 0 or more, was " + slots);
    }
  }

  /** The same with another number of CPU cores. */
  public Resources withCpus(double newCpus) {
    return new Resources(newCpus, memoryBytes, slots);
  }

  /** The same with another amount of memory. */
  public Resources withMemoryBytes(long newMemoryBytes) {
    return new Resources(cpus, newMemoryBytes, slots);
  }

  /** The same with another number of container slots. */
  public Resources withSlots(int newSlots) {
    return new Resources(cpus, memoryBytes, newSlots);
  }
}
