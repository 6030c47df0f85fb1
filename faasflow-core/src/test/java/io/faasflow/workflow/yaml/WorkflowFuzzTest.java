package io.faasflow.workflow.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.workflow.Workflow;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads files that are nearly right: each is a workflow, or refused with a line and in words of the
 * file, within two seconds of processor time.
 *
 * <p>The build reads the same 2,000 each time. For more, or others:
 *
 * <pre>{@code
 * ./mvnw -pl faasflow-core test -Dtest=WorkflowFuzzTest \
 *     -Dfaasflow.fuzz.cases=200000 -Dfaasflow.fuzz.seed=7
 * }</pre>
 */
class WorkflowFuzzTest {
  private static final Pattern PLACE = Pattern.compile("\n  fuzz\\.yaml:\\d+:\\d+: ");
  private static final Pattern CLASS =
      Pattern.compile("\\b(?:javax?|sun|org\\.yaml|org\\.apache|io\\.faasflow)\\.\\w"
          + "|\\w(?:Exception|Error)\\b");
  private static final Duration MOST = Duration.ofSeconds(2);

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void read_mutatedFile_isWorkflowOrSaysWhatIsWrong() {
    List<String> seeds = WorkflowFuzz.seeds();
    long seed = Long.getLong("faasflow.fuzz.seed", 1);
    int cases = Integer.getInteger("faasflow.fuzz.cases", 2_000);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    int workflows = 0;
    long slowest = 0;
    for (int i = 0; i < cases; i++) {
      String text = WorkflowFuzz.mutation(seeds, seed * 1_000_000_007L + i);
      long before = threads.getCurrentThreadCpuTime();
      workflows += read(text, i) ? 1 : 0;
      long nanos = threads.getCurrentThreadCpuTime() - before;
      slowest = Math.max(slowest, nanos);
      assertThat(Duration.ofNanos(nanos)).as("time of case %d: %s", i, text).isLessThan(MOST);
    }

    // Neither may be rare, or the mutations test little.
    assertThat(workflows).isBetween(cases / 20, cases * 19 / 20);
    System.out.printf(
        "%d cases of seed %d, from %d files: %d workflows, %d refused, slowest %d ms%n",
        cases, seed, seeds.size(), workflows, cases - workflows, slowest / 1_000_000);
  }

  /** Whether it is one. */
  private static boolean read(String text, int number) {
    WorkflowReader reader = WorkflowReader.create();
    try {
      if (number % 8 == 0) {
        reader.inspectText(text, "fuzz.yaml");
        return true;
      }
      Workflow<Map<String, Object>, Object> workflow = reader.readText(text, "fuzz.yaml");
      if (number % 8 == 1) {
        Workflow<Map<String, Object>, Object> again = reader.readText(text, "fuzz.yaml");
        assertThat(again).as("case %d: %s", number, text).isEqualTo(workflow);
        assertThat(again.fingerprint()).isEqualTo(workflow.fingerprint());
      } else if (number % 8 == 2) {
        String written = WorkflowWriter.create().write(workflow);
        assertThat(reader.readText(written, "fuzz.yaml"))
            .as("case %d: %s as %s", number, text, written)
            .isEqualTo(workflow);
      }
      return true;
    } catch (WorkflowFormatException e) {
      assertThat(e.getMessage()).as("case %d: %s", number, text).containsPattern(PLACE);
      assertThat(e.getMessage()).as("case %d: %s", number, text).doesNotContainPattern(CLASS);
      assertThat(e.problems()).isNotEmpty();
      assertThat(e.problems()).allMatch(one -> one.line() >= 1 && !one.cure().isBlank());
      return false;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError("case " + number + " ended with " + e + ": " + text, e);
    }
  }
}
