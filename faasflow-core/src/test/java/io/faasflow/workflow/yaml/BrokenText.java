package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.faasflow.workflow.Workflow;
import java.util.List;
import java.util.function.Function;

/**
 * What no reader accepts.
 *
 * @param line of the problem
 * @param column of the problem
 * @param key of the problem
 * @param message in what the problem says, or in its cure
 */
record BrokenText(String text, int line, int column, String key, String message) {
  static BrokenText bad(String text, int line, int column, String key, String message) {
    return new BrokenText(text, line, column, key, message);
  }

  void assertRefused(Function<String, Workflow<?, ?>> reader) {
    WorkflowFormatException e =
        catchThrowableOfType(WorkflowFormatException.class, () -> reader.apply(text));
    assertThat(e).isNotNull();
    assertThat(e.problems()).anySatisfy(problem -> {
      assertThat(problem.message() + ". " + problem.cure()).contains(message);
      assertThat(problem.cure()).isNotBlank();
      assertThat(List.of(problem.line(), problem.column())).isEqualTo(List.of(line, column));
      assertThat(problem.key()).isEqualTo(key);
    });
  }
}
