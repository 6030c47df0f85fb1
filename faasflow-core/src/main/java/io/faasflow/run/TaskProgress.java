package io.faasflow.run;

/**
 * How far one task of a run is, or a foreach with all of its instances. Immutable.
 *
 * @param task the task's name; of a foreach, the names of the tasks in it
 * @param state where it stands; of a task that is being tried again as well as of one that runs for the
 *     first time, the present one
 * @param done how many of it are done or skipped: of a task 1 at most; of a foreach instances, those
 *     that it may lose and has lost among them
 * @param total how many there are; 1 for a task, and for a foreach whose instances are not known yet
 */
public record TaskProgress(String task, NodeState state, long done, long total) {}
