package io.faasflow.examples.cli;

import io.faasflow.FaasFlow;
import io.faasflow.RunOptions;
import io.faasflow.WorkflowResult;
import io.faasflow.WorkflowRun;
import io.faasflow.docker.DockerBackend;
import io.faasflow.examples.generated.GeneratedFunctions;
import io.faasflow.examples.generated.Scale;
import io.faasflow.graph.FunctionGraph;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunPage;
import io.faasflow.observe.RunTimeline;
import io.faasflow.observe.TimelineJson;
import io.faasflow.observe.TimelineRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code faasflow run}. */
@Command(
    name = "run",
    description = {
      "Runs a workflow and prints what it gives.",
      "",
      "word-count counts the words of all files that are named, or lie in folders that are named"
          + " (without binary files, .git and target); of README.md, src-docs and the Java sources"
          + " below the working directory if none is. A word is a run of the letters A to Z and a"
          + " to z, in lower case: of one file, the counts are those of",
      "  tr -cs 'A-Za-z' '\\n' | tr A-Z a-z | sort | uniq -c",
      "",
      "A FILE is a workflow in YAML, of any of the three formats. Its functions are generated: each"
          + " gives outputs of the declared sizes, which depend on its inputs only. So are inputs"
          + " that are not given."
    },
    footer = {
      "  faasflow run word-count",
      "  faasflow run word-count README.md src-docs --top 10",
      "  faasflow run image-recognizer --input images=100 --workers 3",
      "  faasflow run workflow.yaml --input count=3 --workers 3 --deadline 30s",
      "  faasflow run workflow.yaml --workers 3 --timeline run.html",
      "  faasflow run workflow.yaml --scale-runtime 0.1 --live"
    })
final class RunCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** What a page of a run counts; it shows fewer. */
  private static final int MOST_ENTRIES = 100_000;

  @Parameters(
      index = "0",
      paramLabel = "NAME|FILE",
      description = "A built-in workflow (see: faasflow list) or a YAML file.")
  private String target = "";

  @Parameters(
      index = "1..*",
      paramLabel = "ARG",
      description = "For word-count: files and folders.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = "--input",
      paramLabel = "K=V",
      description =
          "An input by name; the value is read as YAML: 3 is a number, true a boolean. May be given"
              + " several times.")
  private Map<String, String> inputs = new LinkedHashMap<>();

  @Mixin
  private final WorkerOptions workers = new WorkerOptions();

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = Quantity.DurationConverter.class,
      description = "Stop the run when it takes longer: 500ms, 30s, 2m, 1h (default: no limit).")
  private @Nullable Duration deadline;

  @Option(
      names = "--timeline",
      paramLabel = "PAGE",
      description = "Write an HTML page to this file: when each task waited and ran, and how it"
          + " ended. Also of a run that fails. As JSON if the file's name ends in .json.")
  private @Nullable String timeline;

  @Option(
      names = "--live",
      negatable = true,
      description =
          "Show how far the run is: on a terminal as a view that is gone in the end, elsewhere"
              + " as a line every 2 s (default: on a terminal, when it takes longer than 1 s).")
  private @Nullable Boolean live;

  @Option(
      names = "--engine",
      paramLabel = "ADDRESS",
      description = "The Docker engine for tasks with images, such as unix:///var/run/docker.sock"
          + " (default: what DOCKER_HOST says).")
  private @Nullable String engine;

  @Option(
      names = "--top",
      paramLabel = "N",
      description =
          "For word-count: how many words to list (default: " + WordReport.DEFAULT_TOP + ").")
  private @Nullable Integer top;

  @Option(
      names = "--scale-bytes",
      paramLabel = "F",
      description =
          "For a FILE: what declared sizes above 64 bytes are multiplied by, 0 to 1 (default:"
              + " 0.001).")
  private @Nullable Double scaleBytes;

  @Option(
      names = "--scale-runtime",
      paramLabel = "F",
      description = "For a FILE: what declared runtimes are multiplied by (default: 0).")
  private @Nullable Double scaleRuntime;

  private final Terminal terminal;

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Integer limit = top;
    if (limit != null && limit < 0) {
      throw new UsageException("--top must be 0 or more, was " + limit);
    }
    int count = workers.count();
    FaasFlow.Builder runtime = FaasFlow.builder()
        .workers(count)
        .partitioner(workers.partitioner())
        .closeTimeout(CLOSE_TIMEOUT);
    Target found = Target.find(target, terminal.folder());
    if (found instanceof Target.File file) {
      run(job(file), runtime);
    } else if (found instanceof Target.BuiltIn builtIn) {
      if (scaleBytes != null || scaleRuntime != null) {
        throw new UsageException(
            "--scale-bytes and --scale-runtime are for files; " + target + " is built in");
      }
      run(
          builtIn
              .example()
              .job(new Example.Arguments(
                  List.copyOf(arguments),
                  parsedInputs(),
                  limit == null ? OptionalInt.empty() : OptionalInt.of(limit),
                  terminal.folder())),
          runtime);
    }
    return ExitCode.FINE;
  }

  private Map<String, @Nullable Object> parsedInputs() {
    Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
    inputs.forEach((name, text) -> parsed.put(name, InputValue.parse(name, text)));
    return parsed;
  }

  private Job<Map<String, Object>, Object> job(Target.File file) {
    if (!arguments.isEmpty()) {
      throw new UsageException("a file takes no further argument '"
          + arguments.get(0)
          + "'; give inputs with --input name=value");
    }
    if (top != null) {
      throw new UsageException("--top is for word-count");
    }
    Scale scale = scale();
    Map<String, Object> input = GeneratedFunctions.input(file.workflow(), scale);
    warnOfUnknownInputs(input);
    input.putAll(parsedInputs());
    return new Job<>(
        file.workflow(),
        input,
        GeneratedFunctions.of(file.workflow(), scale),
        new ResultReport(file.workflow().name(), file.name()));
  }

  private Scale scale() {
    try {
      return new Scale(
          Optional.ofNullable(scaleBytes).orElse(Scale.DEFAULT.bytes()),
          Optional.ofNullable(scaleRuntime).orElse(Scale.DEFAULT.runtime()));
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private void warnOfUnknownInputs(Map<String, Object> known) {
    for (String name : inputs.keySet()) {
      if (!known.containsKey(name)) {
        // No error: a function that takes all of the input may want it.
        terminal
            .err()
            .println("note: the workflow does not mention an input '"
                + name
                + "'."
                + NearNames.question(name, known.keySet()));
      }
    }
  }

  private <I, O> void run(Job<I, O> job, FaasFlow.Builder runtime)
      throws IOException, InterruptedException {
    Path page = page();
    TimelineRecorder recorder = new TimelineRecorder(1, MOST_ENTRIES);
    if (page != null) {
      runtime.listener(recorder);
    }
    LiveView.When when =
        live == null ? LiveView.When.AUTOMATIC : live ? LiveView.When.ALWAYS : LiveView.When.NEVER;
    LongAdder failures = new LongAdder();
    if (LiveView.isShown(terminal, when)) {
      runtime.listener(event -> {
        if (event instanceof RunEvent.Attempted attempted
            && attempted.outcome() != RunEvent.Outcome.COMPLETED) {
          failures.increment();
        }
      });
    }
    Duration limit = deadline;
    RunOptions options = limit == null ? RunOptions.none() : RunOptions.deadline(limit);
    try (DockerBackend containers = Containers.of(job.workflow(), engine);
        FaasFlow flow = runtime(runtime, containers).functions(job.functions()).build()) {
      long start = System.nanoTime();
      WorkflowRun<O> run = flow.start(job.workflow(), job.input(), options);
      WorkflowResult<O> result = await(run, start, when, failures);
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      Optional<RunTimeline> recorded = recorder.timeline(run.id());
      if (page != null && recorded.isPresent()) {
        Files.writeString(page, text(page, FunctionGraph.of(job.workflow()), recorded.get()));
      }
      job.report().print(result.outputOrThrow(), time, terminal);
    }
  }

  private static String text(Path page, FunctionGraph graph, RunTimeline timeline) {
    return page.toString().endsWith(".json")
        ? TimelineJson.write(timeline)
        : RunPage.html(graph, timeline);
  }

  private static FaasFlow.Builder runtime(
      FaasFlow.Builder runtime, @Nullable DockerBackend containers) {
    return containers == null ? runtime : runtime.containers(containers);
  }

  /** Where the page goes; null where none is wanted. Checked before the run, which may be long. */
  private @Nullable Path page() {
    String name = timeline;
    if (name == null) {
      return null;
    }
    Path page = terminal.folder().resolve(name).normalize();
    Path parent = page.toAbsolutePath().getParent();
    if (Files.isDirectory(page) || parent == null || !Files.isDirectory(parent)) {
      throw new UsageException(
          "--timeline must be a file in a folder that exists, was '" + name + "'");
    }
    return page;
  }

  private <O> WorkflowResult<O> await(
      WorkflowRun<O> run, long start, LiveView.When when, LongAdder failures)
      throws InterruptedException {
    Interrupts.Registration interrupts = terminal.interrupts().onInterrupt(run::cancel);
    try (interrupts;
        LiveView view = new LiveView(terminal, run.workflow(), when)) {
      while (true) {
        Optional<WorkflowResult<O>> result = run.await(LOOK);
        if (result.isPresent()) {
          return result.get();
        }
        if (LiveView.isShown(terminal, when)) {
          Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
          view.show(run.forecast(), run.tasks(), failures.sum(), elapsed);
        }
      }
    } catch (InterruptedException e) {
      run.cancel();
      throw e;
    }
  }
}
