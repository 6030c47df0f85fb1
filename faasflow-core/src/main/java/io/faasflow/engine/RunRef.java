package io.faasflow.engine;

import io.faasflow.run.RunId;

/**
 * What every message says about its run, so that a worker that hears of the run for the first time
 * can take part. Immutable; all parts can be serialised.
 *
 * @param id the run
 * @param home the worker that began the run and learns of its end
 * @param sequence counts the runs of that worker; never reused
 * @param deployment the id of the deployed workflow and plan
 */
public record RunRef(RunId id, String home, long sequence, String deployment) {}
