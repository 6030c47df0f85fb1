package io.faasflow.engine;

import io.faasflow.container.ContainerFunction;
import java.util.List;
import java.util.Map;

/**
 * Has the containers of the next functions started before a function is called, so that they become
 * ready while it runs. Immutable.
 *
 * @param here what runs them on the same worker
 * @param elsewhere their nodes by worker: others have containers of their own, and are told
 */
record Warming(List<ContainerFunction> here, Map<String, List<Integer>> elsewhere) {
  void begin(RunState run) {
    here.forEach(ContainerFunction::prewarm);
    elsewhere.forEach(
        (worker, nodes) -> run.engine.sendOrLog(worker, new Message.Prewarm(run.ref, nodes)));
  }
}
