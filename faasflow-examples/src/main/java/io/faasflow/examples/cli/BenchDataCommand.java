package io.faasflow.examples.cli;

import io.faasflow.examples.experiment.Conditions;
import io.faasflow.examples.experiment.DataChart;
import io.faasflow.examples.experiment.DataCsv;
import io.faasflow.examples.experiment.DataExperiment;
import io.faasflow.examples.experiment.DataFigures;
import io.faasflow.faastore.HeapTier;
import io.faasflow.faastore.RemoteTier;
import io.faasflow.faastore.redis.RedisTier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code faasflow bench data}. */
@Command(
    name = "data",
    description = {
      "Measures what data cost: FaaStore, which keeps them in memory next to their readers, against"
          + " all data in a remote tier.",
      "",
      "Each workflow is run with both stores in turns, at each bandwidth. Its functions are generated:"
          + " they give values of their declared sizes, scaled. The data time of a run is what its"
          + " functions spend in fetch and save, all together.",
      "",
      "The line to the remote tier, which all workers share, has the bandwidth of --bandwidth in each"
          + " direction. The tier is the Redis server of --redis; without one, a stand-in within the"
          + " JVM that takes no time itself."
    },
    footer = {
      "  faasflow bench data workflow.yaml",
      "  faasflow bench data workflows/ --redis localhost:6379 --csv data.csv --svg data.svg"
    })
final class BenchDataCommand implements Callable<Integer> {
  private static final String PASSWORD = "REDIS_PASSWORD";
  private static final long BYTES_A_MEBIBYTE = 1L << 20;

  @Mixin
  private final ExperimentOptions options = new ExperimentOptions();

  @Option(
      names = "--redis",
      paramLabel = "HOST:PORT",
      description = "A Redis server; its password, if it has one, is taken from the environment"
          + " variable " + PASSWORD + ".")
  private @Nullable String redis;

  @Option(
      names = "--bandwidth",
      paramLabel = "MB,...",
      split = ",",
      defaultValue = "25,50,75,100",
      description = "What the line to the remote tier carries in each direction, in MB/s (default:"
          + " ${DEFAULT-VALUE}).")
  private List<Double> bandwidths = new ArrayList<>();

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      defaultValue = "1024",
      description = "What FaaStore may take of each worker's memory, in MiB (default:"
          + " ${DEFAULT-VALUE}).")
  private long memory;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many runs with each store count (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many come before, and do not (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--scale-bytes",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "What declared sizes above 64 bytes are multiplied by, 0 to 1 (default:"
          + " ${DEFAULT-VALUE}).")
  private double scaleBytes;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      defaultValue = "5m",
      converter = Quantity.DurationConverter.class,
      description = "Give up when a run takes longer (default: ${DEFAULT-VALUE}).")
  private Duration deadline = Duration.ZERO;

  @Option(
      names = "--svg",
      paramLabel = "PATH",
      description = "Draw the median data times to this file.")
  private @Nullable String svg;

  private final Terminal terminal;

  BenchDataCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Double> lines =
        bandwidths.stream().map(one -> one * ExperimentOptions.BYTES_A_MEGABYTE).toList();
    UsageException.unless(!lines.isEmpty(), "--bandwidth names none");
    for (double line : lines) {
      UsageException.unless(
          line > 0,
          "--bandwidth must be above 0, was " + line / ExperimentOptions.BYTES_A_MEGABYTE);
    }
    UsageException.unless(memory >= 0, "--memory must be 0 or more, was " + memory);
    Conditions first = conditions(lines.get(0));
    ResultFile csvFile = options.csv(terminal.folder());
    ResultFile svgFile = new ResultFile(svg, terminal.folder());
    csvFile.check();
    svgFile.check();
    List<Subject> subjects = options.subjects(terminal.folder());
    DataReport report = new DataReport(first, redis == null ? "in the JVM" : redis);
    terminal.out().println(report.heading());
    List<DataFigures> all = new ArrayList<>();
    long start = System.nanoTime();
    int total = subjects.size() * lines.size();
    try (RemoteTier tier = tier()) {
      for (Subject subject : subjects) {
        List<DataFigures> ofSubject = new ArrayList<>();
        for (double line : lines) {
          int done = all.size();
          DataExperiment experiment =
              new DataExperiment(conditions(line), tier, memory * BYTES_A_MEBIBYTE);
          DataFigures figures = measure(experiment, subject, done, total, start);
          all.add(figures);
          ofSubject.add(figures);
          // After each measurement, so that an interrupt does not lose hours.
          csvFile.write(new DataCsv(first).text(all));
          svgFile.write(new DataChart(first).svg(all, lines));
        }
        report.print(ofSubject, terminal.out());
        terminal.out().flush();
      }
    }
    return ExitCode.FINE;
  }

  private RemoteTier tier() {
    if (redis == null) {
      return new HeapTier();
    }
    RedisTier.Builder builder = RedisTier.standalone(redis);
    String password = System.getenv(PASSWORD);
    if (password != null && !password.isEmpty()) {
      builder.password(password);
    }
    return builder.connect();
  }

  private Conditions conditions(double bytesPerSecond) {
    return options.conditions(Duration.ZERO, bytesPerSecond, runs, warmUp, scaleBytes, deadline);
  }

  private DataFigures measure(
      DataExperiment experiment, Subject subject, int done, int total, long start)
      throws InterruptedException {
    Interrupts.Registration interrupts = terminal.interrupts().onInterrupt(experiment::stop);
    try (interrupts;
        ProgressLine line = new ProgressLine(terminal)) {
      return experiment.measure(
          subject.workflow(),
          subject.file(),
          (run, runsInAll) -> line.show(
              "%3d %%  %s, measurement %d of %d, run %s of %s"
                  .formatted(
                      (100L * done + 100L * run / runsInAll) / total,
                      subject.workflow().name(),
                      done + 1,
                      total,
                      Quantity.count(run + 1L),
                      Quantity.count(runsInAll)),
              System.nanoTime() - start));
    }
  }
}
