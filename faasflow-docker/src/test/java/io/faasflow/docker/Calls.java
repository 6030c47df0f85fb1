package io.faasflow.docker;

import io.faasflow.FaasFlow;
import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerBackend;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.Resources;
import io.faasflow.run.RunId;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.Map;

/** Short ways for tests to call functions in containers. */
final class Calls {
  static final ContainerImage ROGUE = ContainerImage.of("faasflow-test/rogue");

  private Calls() {}

  static ContainerImage python(String source) {
    return ContainerImage.of("faasflow/python").withSource(source);
  }

  static ContainerImage node(String source) {
    return ContainerImage.of("faasflow/node").withSource(source);
  }

  /** Calls a function without an engine of workflows. */
  static Object call(DockerBackend backend, ContainerImage image, Object input) throws Exception {
    return function(backend, image).apply(input, CONTEXT);
  }

  static ContainerFunction function(DockerBackend backend, ContainerImage image) {
    return backend.function(image, Resources.NONE, "w");
  }

  /** Has one more container started, unless one is idle. */
  static void prewarm(DockerBackend backend, ContainerImage image) {
    function(backend, image)
        .prewarm(new ComingCalls(CONTEXT.runId(), CONTEXT.task(), CONTEXT.instance(), 1));
  }

  /** What the rogue does when it is asked to. */
  static Object rogue(DockerBackend backend, String way) throws Exception {
    return call(backend, ROGUE, Map.of("way", way));
  }

  /** Calls a function as the only task of a workflow. */
  static Object run(ContainerBackend backend, ContainerImage image, Object input) {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("contained").image(image))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      return flow.run(workflow, input);
    }
  }

  static final FunctionContext CONTEXT = new Context(new RunId(1, 2), "contained", List.of());

  /** Of a call that no engine makes. */
  record Context(RunId runId, String task, List<Integer> instance) implements FunctionContext {
    @Override
    public String workflow() {
      return "w";
    }

    @Override
    public String function() {
      return "f";
    }

    @Override
    public int attempt() {
      return 1;
    }

    @Override
    public String worker() {
      return "w";
    }

    @Override
    public boolean isCancelled() {
      return false;
    }
  }
}
