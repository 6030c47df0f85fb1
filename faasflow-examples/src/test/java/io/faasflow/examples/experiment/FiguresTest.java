package io.faasflow.examples.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.faasflow.engine.SchedulePattern;
import io.faasflow.examples.generated.Scale;
import io.faasflow.partition.HashSpread;
import io.faasflow.partition.LocalitySpread;
import io.faasflow.partition.Partitioner;
import io.faasflow.run.Traffic;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private static final Conditions CONDITIONS = new Conditions(
      7, 96, Duration.ofNanos(500_000), 5e7, 8, 3, 0, Scale.DEFAULT, Duration.ofMinutes(1));

  private static Figures figures(
      SchedulePattern pattern, Partitioner partitioner, long... overheads) {
    return new Figures(
        new Setting(pattern, partitioner),
        LongStream.of(overheads)
            .mapToObj(one -> new Sample(one + 1_000, 1_000, new Traffic(4, 500), 70, 8))
            .toList());
  }

  private static WorkflowFigures workflow(Figures... settings) {
    return new WorkflowFigures("w, \"quoted\"", "a\nb.yaml", 5, List.of(settings));
  }

  @Test
  void spread_oddAndEvenNumbers_haveTheirMedian() {
    assertThat(Spread.of(LongStream.of(9, 1, 5))).isEqualTo(new Spread(1, 5, 9));
    assertThat(Spread.of(LongStream.of(9, 1, 5, 6))).isEqualTo(new Spread(1, 5, 9));
    assertThat(Spread.of(LongStream.of(Long.MAX_VALUE, Long.MAX_VALUE - 2)))
        .isEqualTo(new Spread(Long.MAX_VALUE - 2, Long.MAX_VALUE - 1, Long.MAX_VALUE));
    assertThatThrownBy(() -> Spread.of(LongStream.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void saving_workerSide_isAgainstTheMasterWithTheSamePartitioner() {
    Figures master = figures(SchedulePattern.MASTER_SIDE, new HashSpread(), 400, 900, 300);
    Figures worker = figures(SchedulePattern.WORKER_SIDE, new HashSpread(), 100);
    Figures other = figures(SchedulePattern.WORKER_SIDE, new LocalitySpread(), 100);
    WorkflowFigures workflow = workflow(master, worker, other);
    assertThat(workflow.saving(worker)).hasValueCloseTo(0.75, within(1e-9));
    assertThat(workflow.saving(master)).isEmpty();
    assertThat(workflow.saving(other)).as("no master with this partitioner").isEmpty();
  }

  @Test
  void csv_rows_haveAllFiguresInBaseUnits() {
    String text = new SchedulingCsv(CONDITIONS)
        .text(List.of(workflow(
            figures(SchedulePattern.MASTER_SIDE, new HashSpread(), 3_000, 2_000, 8_000),
            figures(SchedulePattern.WORKER_SIDE, new HashSpread(), 1_500, 500, 1_000))));
    String[] lines = text.split("\r\n", -1);
    assertThat(lines).hasSize(4).endsWith("");
    assertThat(lines[0]).startsWith("workflow,file,functions,pattern,partitioner,");
    String start = "\"w, \"\"quoted\"\"\",\"a\nb.yaml\",5,";
    assertThat(lines[1])
        .isEqualTo(start + "master-side,hash,7,96,8.0,0.000500000,5.0E7,0.0,0.001,3,"
            + "0.000003000,0.000004000,0.000009000,0.000001000,0.000001000,0.000001000,"
            + "0.000002000,0.000003000,0.000008000,4,500,70,8,");
    assertThat(lines[2]).startsWith(start + "worker-side,hash,").endsWith(",4,500,70,8,0.6667");
    int columns = lines[0].split(",", -1).length;
    assertThat(lines[2].substring(start.length()).split(",", -1)).hasSize(columns - 3);
  }

  @Test
  void quoted_plainText_staysAsItIs() {
    assertThat(SchedulingCsv.quoted("plain text; of sorts")).isEqualTo("plain text; of sorts");
    assertThat(SchedulingCsv.quoted("\r")).isEqualTo("\"\r\"");
    assertThat(SchedulingCsv.quoted("")).isEmpty();
  }

  @Test
  void chart_ofFigures_namesSettingsAndWorkflows() {
    List<Figures> all = Setting.all().stream()
        .map(setting -> figures(setting.pattern(), setting.partitioner(), 1_000_000))
        .toList();
    String svg = new SchedulingChart(CONDITIONS)
        .svg(List.of(new WorkflowFigures("tiny", "tiny.yaml", 1, all)));
    assertThat(svg)
        .contains(">tiny<", "master-side, locality", "worker-side, hash", "0.5 ms a message")
        .contains("7 workers", "3 runs each");
  }

  @Test
  void conditions_outOfRange_areRefused() {
    assertThatThrownBy(() -> new Conditions(
            1, 1, Duration.ofNanos(-1), 1, 8, 1, 0, Scale.DEFAULT, Duration.ofMillis(1)))
        .hasMessageContaining("latency");
    assertThatThrownBy(() ->
            new Conditions(1, 1, Duration.ZERO, 0, 8, 1, 0, Scale.DEFAULT, Duration.ofMillis(1)))
        .hasMessageContaining("bytesPerSecond");
    assertThatThrownBy(() ->
            new Conditions(1, 1, Duration.ZERO, 1, 0, 1, 0, Scale.DEFAULT, Duration.ofMillis(1)))
        .hasMessageContaining("cpus");
    assertThatThrownBy(() ->
            new Conditions(1, 1, Duration.ZERO, 1, 8, 0, 0, Scale.DEFAULT, Duration.ofMillis(1)))
        .hasMessageContaining("runs must be from 1");
    assertThatThrownBy(() ->
            new Conditions(1, 1, Duration.ZERO, 1, 8, 1, -1, Scale.DEFAULT, Duration.ofMillis(1)))
        .hasMessageContaining("warmUpRuns");
    assertThatThrownBy(
            () -> new Conditions(1, 1, Duration.ZERO, 1, 8, 1, 0, Scale.DEFAULT, Duration.ZERO))
        .hasMessageContaining("deadline");
  }
}
