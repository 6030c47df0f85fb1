package io.faasflow.examples.experiment;

/**
 * What the data of one run took. Immutable.
 *
 * @param latencyNanos from the call that started the run until the caller had its result
 * @param dataNanos in fetch and save, of all functions together
 * @param memoryBytes saved to memory
 * @param remoteBytes saved to the remote tier, and fetched from it
 */
public record DataSample(long latencyNanos, long dataNanos, long memoryBytes, long remoteBytes) {}
