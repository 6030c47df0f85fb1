package io.faasflow.examples.languages;

import static io.faasflow.workflow.Task.task;

import io.faasflow.container.ContainerImage;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Statistics of a text by a lambda in the host, a Java class in a container, and a function that is
 * given as Python source. Thread-safe.
 */
public final class Languages {
  /** The Python, which the container gets before its first call. */
  static final String STATISTICS = """
      from collections import Counter
      from statistics import mean

      def main(stems):
          most, times = Counter(stems).most_common(1)[0] if stems else ("", 0)
          return {
              "words": len(stems),
              "distinct": len(set(stems)),
              "meanLength": round(mean(map(len, stems)), 2) if stems else 0,
              "most": most,
              "times": times,
          }
      """;

  private Languages() {}

  /** Takes a text; gives the figures by name. */
  public static Workflow<String, Map<String, Object>> workflow() {
    Task<String, List<String>> words = task(
        "words",
        text -> Arrays.stream(text.toLowerCase(Locale.ROOT).split("\\W+"))
            .filter(word -> !word.isEmpty())
            .toList());
    Task<List<String>, List<String>> stems = Task.<List<String>, List<String>>named("stems")
        .image(ContainerImage.of("faasflow/java").withMain(Stems.class.getName()));
    Task<List<String>, Map<String, Object>> statistics =
        Task.<List<String>, Map<String, Object>>named("statistics")
            .image(ContainerImage.of("faasflow/python").withSource(STATISTICS));
    return Workflow.<String>builder("languages")
        .sequence(words)
        .sequence(stems)
        .sequence(statistics)
        .build();
  }
}
