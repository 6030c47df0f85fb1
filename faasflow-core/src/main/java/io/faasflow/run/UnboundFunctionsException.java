package io.faasflow.run;

import java.util.List;

/** A workflow names functions that the registry of the runtime does not have. Nothing has run. */
public final class UnboundFunctionsException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> functions;

  /**
   * @param workflow the name of the workflow
   * @param functions all functions that are missing
   * @param known what the registry has
   */
  public UnboundFunctionsException(
      String workflow, List<String> functions, Iterable<String> known) {
    super(
        "Workflow '"
            + workflow
            + "' cannot run: the registry has no function "
            + String.join(", ", functions)
            + ". It has: "
            + String.join(", ", known)
            + ". Register what is missing with FunctionRegistry.Builder.register and give the"
            + " registry to FaasFlow.builder().functions(...)",
        null);
    this.functions = List.copyOf(functions);
  }

  /** The names of all functions that are missing; empty only after deserialisation. */
  public List<String> functions() {
    return functions == null ? List.of() : functions;
  }
}
