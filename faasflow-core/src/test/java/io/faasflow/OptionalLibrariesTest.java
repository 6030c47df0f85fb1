package io.faasflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.observe.JfrListener;
import io.faasflow.observe.LogContext;
import io.faasflow.observe.TimelineRecorder;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A host that has none of the optional libraries runs workflows, and observes them. */
class OptionalLibrariesTest {
  /** What a host does; loaded where the optional libraries are not. */
  public static final class Host implements Callable<String> {
    @Override
    public String call() {
      TimelineRecorder recorder = new TimelineRecorder(1, 10);
      try (FaasFlow flow = FaasFlow.builder()
          .around(new LogContext())
          .listener(recorder)
          .listener(new JfrListener())
          .build()) {
        Task<Integer, Integer> task = Task.task("t", x -> x + 1);
        int output = flow.run(Workflow.<Integer>builder("w").sequence(task).build(), 1);
        return output + " " + recorder.timelines().get(0).entries().size();
      }
    }
  }

  private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));
  private static final List<String> OPTIONAL =
      List.of("opentelemetry", "micrometer", "assertj", "junit");

  private static URL[] classPath() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (String entry : SEPARATOR.split(System.getProperty("java.class.path"), -1)) {
      Path path = Path.of(entry);
      String name = path.getFileName().toString();
      if (OPTIONAL.stream().noneMatch(name::contains)) {
        urls.add(path.toUri().toURL());
      }
    }
    return urls.toArray(URL[]::new);
  }

  @Test
  void runtime_withoutThem_runs() throws Exception {
    try (URLClassLoader loader =
        new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
      for (String missing : List.of(
          "io.opentelemetry.api.OpenTelemetry",
          "io.micrometer.core.instrument.MeterRegistry",
          "org.assertj.core.api.Assertions",
          "org.junit.jupiter.api.Test")) {
        assertThatThrownBy(() -> loader.loadClass(missing))
            .isInstanceOf(ClassNotFoundException.class);
      }
      Object host =
          loader.loadClass(Host.class.getName()).getDeclaredConstructor().newInstance();
      assertThat(((Callable<?>) host).call()).isEqualTo("2 1");
      assertThat(host.getClass()).isNotSameAs(Host.class);
    }
  }
}
