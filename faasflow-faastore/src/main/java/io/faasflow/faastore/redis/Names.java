package io.faasflow.faastore.redis;

import io.faasflow.run.RunId;

/**
 * The keys in Redis. What belongs together in a transaction has one hash tag, and so lives on one
 * node of a cluster: all manifests and middling values of a run, and the chunks of a large value.
 *
 * @param prefix what keys of this application begin with
 */
record Names(String prefix) {
  /** The hash with the manifests, small values and readers of a run. */
  String run(RunId run) {
    return prefix + ":{" + run + "}";
  }

  /** The hash that knows how many chunks each version of a value of the run has. */
  String chunked(RunId run) {
    return run(run) + ":chunked";
  }

  /**
   * The chunks of a value. When they are few they live on the node of the run's manifests, so that they can be
   * made visible in one go; else the values of a run spread over the nodes.
   */
  String[] chunks(RunId run, String version, int count) {
    String tagged =
        count <= Manifest.FEW_CHUNKS ? "{" + run + "}:" + version : "{" + run + ":" + version + "}";
    String[] keys = new String[count];
    for (int i = 0; i < count; i++) {
      keys[i] = prefix + ":" + tagged + ":" + i;
    }
    return keys;
  }
}
