package io.faasflow.engine;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerFunction;
import io.faasflow.run.RunId;
import java.util.List;
import java.util.Map;

/**
 * Has the containers of the next functions started before a function is called, or a foreach
 * begins, so that they become ready while it runs. Immutable.
 *
 * @param here what runs next on the same worker
 * @param elsewhere the next nodes by worker: others have containers of their own, and are told
 */
record Warming(List<Next> here, Map<String, List<Integer>> elsewhere) {
  /**
   * A task that comes next.
   *
   * @param atOnce how many calls of it there will be at the same time, as far as that is known
   */
  record Next(ContainerFunction function, String task, int atOnce) {
    void prewarm(RunId run, List<Integer> instance) {
      function.prewarm(new ComingCalls(run, task, instance, atOnce));
    }
  }

  void begin(Frame frame) {
    RunState run = frame.run;
    for (Next next : here) {
      next.prewarm(run.ref.id(), frame.instancePath());
    }
    elsewhere.forEach(
        (worker, nodes) -> run.engine.sendOrLog(worker, new Message.Prewarm(run.ref, nodes)));
  }
}
