package io.faasflow.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunExceptionsTest {
  private static final RunId ID = new RunId(0x0190163d8694739bL, 0xaea5966c26f8ad91L);

  @Test
  void taskFailed_inAForeach_saysWhereAndWhy() {
    Throwable cause = new IllegalStateException("disk full");
    TaskFailedException e = new TaskFailedException(
        ID, "videos", new FailureSite("encode", "ffmpeg", List.of(3, 0), 2, "worker-1"), cause);
    assertThat(e)
        .hasMessageContainingAll(
            "'encode'", "'ffmpeg'", "[3, 0]", "attempt 2", "worker-1", ID.toString(), "'videos'")
        .hasMessageContaining("disk full")
        .hasCause(cause);
    assertThat(e.task()).isEqualTo("encode");
    assertThat(e.function()).isEqualTo("ffmpeg");
    assertThat(e.instance()).containsExactly(3, 0);
    assertThat(e.attempt()).isEqualTo(2);
    assertThat(e.worker()).isEqualTo("worker-1");
    assertThat(e.runId()).isEqualTo(ID);
    assertThat(e.workflow()).isEqualTo("videos");
  }

  @Test
  void taskFailed_outsideOfAForeach_leavesOutWhatSaysNothing() {
    TaskFailedException e = new TaskFailedException(
        ID, "w", new FailureSite("a", "a", List.of(), 1, "worker-1"), new Exception("x"));
    assertThat(e.getMessage()).doesNotContain("instance").doesNotContain("function");
  }

  @Test
  void failureSite_theGivenListChanges_staysAsItWas() {
    List<Integer> instance = new ArrayList<>(List.of(1));
    FailureSite site = new FailureSite("a", "a", instance, 1, "w");
    instance.add(2);
    assertThat(site.instance()).containsExactly(1);
  }

  @Test
  void cancelled_withAndWithoutCause_saysByWhom() {
    InterruptedException cause = new InterruptedException();
    assertThat(new RunCancelledException(ID, "w", "its host asked to", cause))
        .hasMessageContainingAll(ID.toString(), "'w'", "its host asked to")
        .hasCause(cause);
    assertThat(new RunCancelledException(ID, "w", "x")).hasNoCause();
  }

  @Test
  void deadline_ofARun_saysHowLongItWas() {
    RunDeadlineException e =
        new RunDeadlineException(ID, "w", Duration.ofMillis(1500), "; running: 'a'");
    assertThat(e).hasMessageContainingAll("PT1.5S", "'a'", "RunOptions.deadline");
    assertThat(e.deadline()).isEqualTo(Duration.ofMillis(1500));
  }

  @Test
  void unboundFunctions_several_namesAllAndTheCure() {
    List<String> missing = new ArrayList<>(List.of("a", "b"));
    UnboundFunctionsException e = new UnboundFunctionsException("w", missing, List.of("c"));
    missing.clear();
    assertThat(e).hasMessageContainingAll("'w'", "a, b", "has: c", "register");
    assertThat(e.functions()).containsExactly("a", "b");
  }

  @Test
  void remoteFailure_keepsTypeAndTrace() {
    RemoteFailureException e = new RemoteFailureException("T", "T: x", "T: x\n at y");
    assertThat(e).hasMessage("T: x");
    assertThat(e.type()).isEqualTo("T");
    assertThat(e.trace()).endsWith("at y");
  }

  @Test
  void anyException_writtenAndReadAsAnObject_keepsItsMessage() throws Exception {
    List<FaasFlowException> all = List.of(
        new TaskFailedException(
            ID, "w", new FailureSite("a", "f", List.of(1), 1, "w1"), new Exception("x")),
        new RunCancelledException(ID, "w", "x"),
        new RunDeadlineException(ID, "w", Duration.ofSeconds(1), ""),
        new UnboundFunctionsException("w", List.of("a"), List.of()),
        new RemoteFailureException("T", "x", "y"),
        new DataException("x", null));
    for (FaasFlowException e : all) {
      FaasFlowException copy = (FaasFlowException) copy(e);
      assertThat(copy).hasSameClassAs(e).hasMessage(e.getMessage());
      if (copy instanceof RunException run) {
        assertThat(run.runId()).isEqualTo(ID);
      }
      if (copy instanceof TaskFailedException failed) {
        assertThat(failed.instance()).isNotNull();
      }
    }
  }

  @SuppressWarnings("BanSerializableRead") // what is read was written two lines before
  private static Object copy(Object object) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return in.readObject();
    }
  }

  @Test
  void progress_plus_addsBoth() {
    assertThat(new Progress(1, 3).plus(new Progress(2, 4))).isEqualTo(new Progress(3, 7));
  }

  @Test
  void constructors_null_areRefused() {
    assertThatThrownBy(() -> new FailureSite(null, "f", List.of(), 1, "w"))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> new RunCancelledException(null, "w", "x"))
        .isInstanceOf(NullPointerException.class);
  }
}
