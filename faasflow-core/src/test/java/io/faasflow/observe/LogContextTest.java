package io.faasflow.observe;

import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.function.FunctionRegistry;
import io.faasflow.function.RetryPolicy;
import io.faasflow.run.RunId;
import io.faasflow.run.RunStatus;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.yaml.WorkflowReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(30)
class LogContextTest {
  private final Map<String, Map<String, String>> seen = new ConcurrentHashMap<>();
  private final List<Map<String, String>> between = Collections.synchronizedList(new ArrayList<>());

  /** Its listener is called on the threads of functions, between these. */
  private final FaasFlow flow = FaasFlow.builder()
      .around(new LogContext())
      .listener(event -> between.add(context()))
      .closeTimeout(Duration.ZERO)
      .build();

  @AfterEach
  void close() {
    flow.close();
    MDC.clear();
  }

  private static Map<String, String> context() {
    Map<String, String> all = MDC.getCopyOfContextMap();
    return all == null ? Map.of() : new HashMap<>(all);
  }

  private Task<Integer, Integer> step(String name) {
    return task(name, x -> {
      seen.put(name + x, context());
      return x + 1;
    });
  }

  @Test
  void function_ofATask_hasRunWorkflowAndTask() throws Exception {
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(step("a")).sequence(step("b")).build();
    WorkflowRun<Integer> run = flow.start(workflow, 1);
    assertThat(run.await()).isEqualTo(3);
    assertThat(seen)
        .containsOnly(
            entry(
                "a1",
                Map.of(
                    LogContext.RUN,
                    run.id().toString(),
                    LogContext.WORKFLOW,
                    "w",
                    LogContext.TASK,
                    "a",
                    LogContext.ATTEMPT,
                    "1")),
            entry(
                "b2",
                Map.of(
                    LogContext.RUN,
                    run.id().toString(),
                    LogContext.WORKFLOW,
                    "w",
                    LogContext.TASK,
                    "b",
                    LogContext.ATTEMPT,
                    "1")));
    assertThat(between).hasSizeGreaterThan(3).allMatch(Map::isEmpty);
  }

  @Test
  void instances_ofAForeach_areToldApart() {
    Workflow<List<Integer>, List<Integer>> workflow =
        Workflow.<List<Integer>>builder("w").foreach(all -> all, step("each")).build();
    assertThat(flow.run(workflow, List.of(10, 20))).containsExactly(11, 21);
    assertThat(seen.get("each10")).containsEntry(LogContext.INSTANCE, "[0]");
    assertThat(seen.get("each20")).containsEntry(LogContext.INSTANCE, "[1]");
    assertThat(between).allMatch(Map::isEmpty);
  }

  @Test
  void failureAndRetry_keysAreTakenAwayAndTheAttemptCounts() {
    Task<Integer, Integer> fails = Task.<Integer, Integer>task("fails", x -> {
          Map<String, String> context = context();
          seen.put("attempt" + context.get(LogContext.ATTEMPT), context);
          if (seen.size() < 3) {
            throw new IOException("again");
          }
          return x;
        })
        .retry(RetryPolicy.attempts(3));
    Map<String, List<Map<String, String>>> lines = new HashMap<>();
    try (LogLines captured = new LogLines("io.faasflow.engine.Attempts", Level.FINE)) {
      assertThat(flow.run(Workflow.<Integer>builder("w").sequence(fails).build(), 1))
          .isEqualTo(1);
      lines.put("Attempts", captured.contexts());
    }
    assertThat(seen).containsOnlyKeys("attempt1", "attempt2", "attempt3");
    assertThat(between).hasSizeGreaterThan(3).allMatch(Map::isEmpty);
    assertThat(lines.get("Attempts"))
        .as("what the engine says of it")
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).containsEntry(LogContext.TASK, "fails"))
        .extracting(line -> line.get(LogContext.ATTEMPT))
        .containsExactly("1", "2");
  }

  @Test
  void compensation_hasTheKeysOfTheTaskThatItUndoes() throws Exception {
    Task<Integer, Integer> undone = this.step("booked").compensate((input, output, context) -> {
      seen.put("undo", context());
      throw new IOException("not now");
    });
    Task<Integer, Integer> fails = task("fails", x -> {
      throw new IOException("boom");
    });
    Workflow<Integer, Integer> workflow =
        Workflow.<Integer>builder("w").sequence(undone).sequence(fails).build();
    List<Map<String, String>> lines;
    try (LogLines captured = new LogLines("io.faasflow.engine.Undoing", Level.WARNING)) {
      assertThat(flow.start(workflow, 1).result().status()).isEqualTo(RunStatus.FAILED);
      lines = captured.contexts();
    }
    assertThat(seen.get("undo")).containsEntry(LogContext.TASK, "booked").hasSize(4);
    assertThat(lines).containsExactly(seen.get("undo"));
    assertThat(between).allMatch(Map::isEmpty);
  }

  @Test
  void compensation_named_hasTheKeysOfTheTaskThatItUndoes() throws Exception {
    FunctionRegistry functions = FunctionRegistry.builder()
        .register("book", input -> "booking 1")
        .register("cancel", input -> seen.put("undo", context()))
        .register("fail", input -> {
          throw new IOException("boom");
        })
        .build();
    Workflow<Map<String, Object>, Object> workflow =
        WorkflowReader.create().readText("""
        faasflow: 1
        name: w
        steps:
        - {task: book, compensate: cancel}
        - {task: fail}
        """, "w.yaml");
    try (FaasFlow named =
        FaasFlow.builder().functions(functions).around(new LogContext()).build()) {
      assertThat(named.start(workflow, Map.of()).result().status()).isEqualTo(RunStatus.FAILED);
    }
    assertThat(seen.get("undo")).containsEntry(LogContext.TASK, "book");
  }

  @Test
  void lines_written_leaveWhatWasThereBefore() {
    MDC.put(LogContext.TASK, "outer");
    MDC.put(LogContext.INSTANCE, "[7]");
    MDC.put("own", "mine");
    Map<String, String> inner = new HashMap<>();
    LogContext.about(new RunId(1, 2), "w", "inner", List.of(), 1, () -> inner.putAll(context()));
    assertThat(inner)
        .containsEntry(LogContext.TASK, "inner")
        .containsEntry("own", "mine")
        .doesNotContainKey(LogContext.INSTANCE);
    assertThat(context())
        .containsOnly(
            entry(LogContext.TASK, "outer"),
            entry(LogContext.INSTANCE, "[7]"),
            entry("own", "mine"));
  }

  @Test
  void withoutIt_functionsHaveNoKeys() {
    try (FaasFlow plain = FaasFlow.local()) {
      assertThat(plain.run(Workflow.<Integer>builder("w").sequence(step("a")).build(), 1))
          .isEqualTo(2);
    }
    assertThat(seen.get("a1")).isEmpty();
  }

  @Test
  void listenerThatFails_isLoggedWithTheRun() {
    List<Map<String, String>> lines;
    RunId id;
    try (FaasFlow failing = FaasFlow.builder()
            .listener(event -> {
              throw new IllegalStateException("a listener's own");
            })
            .build();
        LogLines captured = new LogLines("io.faasflow.IsolatedListeners", Level.WARNING)) {
      WorkflowRun<Integer> run =
          failing.start(Workflow.<Integer>builder("w").sequence(step("a")).build(), 1);
      id = run.id();
      assertThat(run.toFuture().join()).isEqualTo(2);
      lines = captured.contexts();
    }
    assertThat(lines).hasSize(3).containsOnly(Map.of(LogContext.RUN, id.toString()));
  }

  /** The context of each line of a logger. */
  private static final class LogLines extends Handler implements AutoCloseable {
    private final List<Map<String, String>> contexts =
        Collections.synchronizedList(new ArrayList<>());
    private final Logger logger;
    private final Level before;

    LogLines(String name, Level level) {
      logger = Logger.getLogger(name);
      before = logger.getLevel();
      logger.setLevel(level);
      logger.addHandler(this);
    }

    List<Map<String, String>> contexts() {
      return List.copyOf(contexts);
    }

    @Override
    public void publish(LogRecord line) {
      contexts.add(context());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
      logger.setLevel(before);
    }
  }
}
