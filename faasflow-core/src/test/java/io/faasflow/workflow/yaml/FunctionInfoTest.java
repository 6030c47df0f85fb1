package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is checked of a list of functions and images. */
class FunctionInfoTest {
  @Test
  void inspect_sample_countsTheFunctions() {
    assertThat(WorkflowReader.create()
            .inspectText(FlatFormatTest.resource("samples/function-info.yaml"), "info.yaml"))
        .isEqualTo(new WorkflowFile(WorkflowFile.Format.FUNCTION_INFO, "letters", 3));
  }

  @Test
  void read_sample_saysThatItIsNoWorkflow() {
    assertThatThrownBy(() -> WorkflowReader.create()
            .readText(FlatFormatTest.resource("samples/function-info.yaml"), "info.yaml"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageContaining("the file is a function info");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "workflow: ' '           | max_containers: 1   | name: a | workflow.*the text is empty",
        "workflow: w             | max_containers: 0   | name: a | max_containers.*from 1 to",
        "workflow: w             | max_containers: few | name: a | whole number.*the text 'few'",
        "workflow: w             | max_container: 1    | name: a | mean 'max_containers'",
        "workflow: w             | max_containers: 1   | nam: a  | the key is missing.*'name: ...'",
        "workflow: w             | max_containers: 1   | name: b | 'b' is used before, in line 4",
        "workflow: w             | max_containers: 1   | name: a, qos_time: -1 | qos_time.*-1.0",
        "workflow: w             | max_containers: 1   | name: a, qos_requirement: 2 | from 0 to 1",
        "workflow: w             | max_containers: 1   | name: a, qos_time: .nan | NaN",
      })
  void inspect_broken_saysWhereAndWhy(String first, String second, String third, String message) {
    String text = "%s\n%s\nfunctions:\n- {name: b, image: i}\n- {image: j, %s}"
        .formatted(first, second, third);

    assertThatThrownBy(() -> WorkflowReader.create().inspectText(text, "info.yaml"))
        .isInstanceOf(WorkflowFormatException.class)
        .hasMessageMatching("(?s).*info.yaml:[1-5]:\\d+: .*" + message + ".*");
  }
}
