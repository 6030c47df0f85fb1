package io.faasflow.store;

import io.faasflow.run.RunId;

/**
 * The name of an output in a store. Immutable.
 *
 * @param run the run that the output belongs to
 * @param node the id, in the run's function graph, of the node that gave it
 */
public record DataKey(RunId run, int node) {}
