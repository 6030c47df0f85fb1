package io.faasflow.docker;

import static io.faasflow.docker.Calls.ROGUE;
import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.function;
import static io.faasflow.docker.Calls.prewarm;
import static io.faasflow.docker.Calls.python;
import static io.faasflow.docker.Calls.rogue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.github.dockerjava.api.exception.NotFoundException;
import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.container.ContainerAnswerException;
import io.faasflow.container.ContainerCapacityException;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerFunctionException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.container.ContainerStartException;
import io.faasflow.container.ContainerTimeoutException;
import io.faasflow.function.Resources;
import io.faasflow.run.DataException;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskFailedException;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers of a real engine. */
@NeedsEngine
@Timeout(120)
class DockerBackendTest {
  private static final String DOUBLE = """
      def main(args):
          print("doubling", args["n"])
          return {"n": args["n"] * 2}
      """;

  private static Engine engine;
  private DockerBackend backend;

  @TempDir
  private Path folder;

  @BeforeAll
  static void connect() {
    engine = Engine.connect(null);
  }

  @AfterAll
  static void disconnect() {
    engine.close();
  }

  private DockerBackend.Builder builder() {
    return DockerBackend.builder().folder(folder);
  }

  @BeforeEach
  void build() {
    backend = builder().build();
  }

  @AfterEach
  void close_leavesNothing() throws Exception {
    backend.close();
    assertThat(own()).isEmpty();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  /** The containers of this process. */
  private static List<Engine.Labelled> own() throws Exception {
    return engine.withLabel(Engine.OWNER_LABEL, HostProcess.self().toString());
  }

  private void rebuild(DockerBackend.Builder builder) {
    backend.close();
    backend = builder.build();
  }

  private ContainerCounts counts() {
    assertThat(backend.counts()).hasSize(1);
    return backend.counts().get(0);
  }

  /** Calls the rogue in a container of the backend, with a limit of this call's own. */
  private Object rogueWithin(Duration limit, String way) throws Exception {
    ContainerFunction impatient = new ContainedFunction(
        new FunctionSpec(ROGUE, Resources.NONE),
        ((ContainedFunction) function(backend, ROGUE)).containers(),
        engine,
        limit,
        1_000_000,
        null);
    return impatient.apply(Map.of("way", way), Calls.CONTEXT);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime() - end).as("time left").isNegative();
      Thread.onSpinWait();
    }
  }

  /** Until a call is in the container: that one is busy is known before anything is sent. */
  private static void awaitHanging() throws Exception {
    await(() -> {
      List<Engine.Labelled> found = own();
      try {
        return !found.isEmpty() && engine.log(found.get(0).id()).contains("hanging");
      } catch (NotFoundException e) {
        return false; // the engine lists a container a moment before it can be asked about it
      }
    });
  }

  // Calls.

  @Test
  void source_inPython_runsInAContainerThatIsUsedAgain() throws Exception {
    assertThat(call(backend, python(DOUBLE), Map.of("n", 4))).isEqualTo(Map.of("n", 8));
    assertThat(call(backend, python(DOUBLE), Map.of("n", 5))).isEqualTo(Map.of("n", 10));
    ContainerCounts counts = counts();
    assertThat(counts.started()).isEqualTo(1);
    assertThat(counts.calls()).isEqualTo(2);
    assertThat(counts.idle()).isEqualTo(1);
    assertThat(counts.busy()).isZero();
    assertThat(counts.worker()).isEqualTo("w");
    assertThat(counts.image()).isEqualTo("faasflow/python");
  }

  @Test
  void workflow_withAnImage_runs() {
    assertThat(Calls.run(backend, python(DOUBLE), Map.of("n", 21))).isEqualTo(Map.of("n", 42));
  }

  @Test
  void values_ofEveryKindOfJson_travelBothWays() throws Exception {
    ContainerImage echo = python("def main(value): return value");
    for (Object value : Arrays.asList(
        Map.of("a", List.of(1, 2.5, "x", true)),
        List.of(),
        Map.of(),
        "text",
        7,
        1.5,
        false,
        null,
        9_876_543_210L,
        "ä\u0000\uD83D\uDE00",
        Map.of("value", 1))) {
      assertThat(call(backend, echo, value)).isEqualTo(value);
    }
    String large = "x".repeat(2_000_000);
    assertThat(call(backend, echo, large)).isEqualTo(large);
  }

  @Test
  void main_ofTheImage_isWhatIsCalled() throws Exception {
    assertThat(
            call(backend, python("def f(x): return 'f'\ndef g(x): return 'g'").withMain("g"), 1))
        .isEqualTo("g");
  }

  @Test
  void environment_ofTheImage_isThere() throws Exception {
    ContainerImage image = python("import os\ndef main(x): return os.environ['COLOUR']")
        .withEnvironment(Map.of("COLOUR", "blue"));
    assertThat(call(backend, image, 1)).isEqualTo("blue");
  }

  @Test
  void input_thatIsNoJson_isNamed() {
    assertThatThrownBy(() -> call(backend, python(DOUBLE), new Object()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("The input of task 'contained' cannot be sent to its container");
    assertThat(backend.counts()).isEmpty();
  }

  @Test
  void numbers_thatJsonHasNot_areRefusedBothWays() {
    for (Object value : List.of(Double.NaN, Float.NEGATIVE_INFINITY, new double[] {1, 0 / 0.0})) {
      assertThatThrownBy(() -> call(backend, python(DOUBLE), Map.of("n", value)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("is no number in JSON");
    }
    assertThatThrownBy(() -> call(backend, python("def main(n): return [float(n)]"), "inf"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("not JSON compliant");
  }

  @Test
  void copyOfTheProcess_thatTheFunctionMakes_doesNotAnswer() throws Exception {
    ContainerImage image = python("""
        import os
        child = go = None
        def main(call):
            global child, go
            if call == 1:
                wait, go = os.pipe()
                child = os.fork()
                if child == 0:
                    os.read(wait, 1)
            else:
                os.write(go, b"x")
                os.waitpid(child, 0)
            return call
        """);
    assertThat(call(backend, image, 1)).isEqualTo(1);
    assertThat(call(backend, image, 2)).isEqualTo(2);
  }

  @Test
  void chunkedAnswer_isRead() throws Exception {
    assertThat(rogue(backend, "chunks")).isEqualTo(Map.of("in", "chunks"));
  }

  @Test
  void image_onTcp_isReachedOverTheBridge() throws Exception {
    ContainerImage plain = ContainerImage.of("faasflow-test/plain");
    assertThat(call(backend, plain.withNetwork(), Map.of("a", 1)))
        .isEqualTo(Map.of("echo", Map.of("a", 1)));
    assertThatThrownBy(() -> call(backend, plain, Map.of()))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContaining("the task asks for no network");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rogue announced", "rogue silent", "plain announced", "plain silent"})
  void connection_thatTheServerCloses_isMadeAgain(String imageAndWay) throws Exception {
    String[] words = imageAndWay.split(" ", 2);
    ContainerImage image =
        ContainerImage.of("faasflow-test/" + words[0]).withEnvironment(Map.of("CLOSE", words[1]));
    ContainerImage reached = words[0].equals("plain") ? image.withNetwork() : image;
    prewarm(backend, reached);
    for (int i = 0; i < 3; i++) {
      awaitClosed(i + 1);
      assertThat(call(backend, reached, i)).isEqualTo(Map.of("echo", Map.of("value", i)));
    }
    assertThat(counts().started()).isEqualTo(1);
  }

  /** Until the only container has closed so many connections: a call must not come in between. */
  private static void awaitClosed(int connections) throws Exception {
    await(() -> {
      List<Engine.Labelled> found = own();
      try {
        return !found.isEmpty()
            && engine.log(found.get(0).id()).lines().filter("closed"::equals).count()
                >= connections;
      } catch (NotFoundException e) {
        return false; // the engine lists a container a moment before it can be asked about it
      }
    });
  }

  @Test
  void containers_thatEndBeforeTheyAreCalled_areNotTriedForEver() {
    ContainerImage mortal =
        ContainerImage.of("faasflow-test/rogue").withEnvironment(Map.of("CLOSE", "exit"));
    assertThatThrownBy(() -> call(backend, mortal, Map.of()))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, died -> assertThat(died.exitCode()).hasValue(5))
        .hasMessageContaining("before it was called, and so did 2 others");
    assertThat(counts().started()).isEqualTo(3);
  }

  @Test
  void call_ofAnInterruptedThread_leavesIdleContainersAlone() throws Exception {
    assertThat(call(backend, python(DOUBLE), Map.of("n", 1))).isEqualTo(Map.of("n", 2));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> call(backend, python(DOUBLE), Map.of("n", 1)))
        .isInstanceOf(InterruptedException.class);
    assertThat(call(backend, python(DOUBLE), Map.of("n", 1))).isEqualTo(Map.of("n", 2));
    assertThat(counts().started()).isEqualTo(1);
  }

  // Failures of the function.

  @Test
  void function_thatThrows_isReportedWithItsLog() throws Exception {
    ContainerImage image = python("""
        def main(x):
            print("about to fail")
            raise ValueError("no such thing: " + str(x))
        """);
    for (int i = 1; i <= 2; i++) {
      int input = i;
      assertThatThrownBy(() -> call(backend, image, input))
          .isInstanceOf(ContainerFunctionException.class)
          .hasMessageContainingAll(
              "image 'faasflow/python'", "502", "ValueError: no such thing: " + i)
          .satisfies(e -> assertThat(((ContainerFunctionException) e).log())
              .contains("about to fail", "Traceback", "no such thing: " + input)
              .doesNotContain("XXX_THE_END"));
    }
    assertThat(counts().started()).as("its container is in order").isEqualTo(1);
  }

  @Test
  void error_ofAnyLength_isShownInPart() {
    for (String code : List.of("raise ValueError('x' * n)", "return {'error': 'x' * n}")) {
      assertThatThrownBy(() -> call(backend, python("def main(n): " + code), 1_000_000))
          .isInstanceOf(ContainerFunctionException.class)
          .satisfies(e -> assertThat(e).hasMessageMatching("(?s).*xxx[.][.][.].*"))
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(10_000))
          .satisfies(e -> assertThat(e.getCause().getMessage()).hasSizeLessThan(5_000));
    }
  }

  @Test
  void function_thatGivesAnError_hasFailed() throws Exception {
    assertThatThrownBy(() -> rogue(backend, "error"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("it gave an error: unhappy");
    assertThat(rogue(backend, "well")).isEqualTo(Map.of("echo", Map.of("way", "well")));
    assertThat(counts().started()).isEqualTo(1);
  }

  // Failures of the exchange: each ends the container, and the next call has a new one.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not-json: no JSON: 'this is no JSON'",
        "scalar: must be a JSON object or array, but is '42'",
        "not-http: no answer of HTTP/1.1",
        "bad-length: the length of the answer is no number",
        "endless-head: the head of the answer is longer than 65536 bytes",
        "large-chunks: and may have 1000000",
        "drip-head: the head of the answer is longer"
      })
  void answer_thatCannotBeUsed_isRefused(String wayAndReason) throws Exception {
    String[] parts = wayAndReason.split(": ", 2);
    rebuild(builder().maxAnswerBytes(1_000_000).callTimeout(Duration.ofSeconds(100)));
    if (parts[0].equals("drip-head")) { // 6 bytes in 10 ms: the deadline comes first
      assertThat(rogue(backend, "well")).isNotNull(); // its start takes none of the call's time
      assertThatThrownBy(() -> rogueWithin(Duration.ofMillis(1_500), parts[0]))
          .isInstanceOf(ContainerTimeoutException.class);
    } else {
      assertThatThrownBy(() -> rogue(backend, parts[0]))
          .isInstanceOf(ContainerAnswerException.class)
          .hasMessageContaining(parts[1]);
    }
    assertThat(rogue(backend, "well")).isNotNull();
    assertThat(counts().started()).isEqualTo(2);
    assertThat(counts().lost()).isEqualTo(1);
  }

  @Test
  void answer_ofExactlyTheLimit_isTaken() throws Exception {
    int overhead = "{\"large\": \"\"}".length();
    rebuild(builder().maxAnswerBytes(100_000));
    Object most = call(backend, ROGUE, Map.of("way", "large", "bytes", 100_000 - overhead));
    assertThat(most).isEqualTo(Map.of("large", "x".repeat(100_000 - overhead)));
    assertThatThrownBy(
            () -> call(backend, ROGUE, Map.of("way", "large", "bytes", 100_001 - overhead)))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining("the answer has 100001 bytes, and may have 100000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hang", "drip"})
  void answer_thatTakesTooLong_isGivenUp(String way) throws Exception {
    assertThat(rogue(backend, "well")).isNotNull(); // its start takes none of the call's time
    assertThatThrownBy(() -> rogueWithin(Duration.ofMillis(1_500), way))
        .isInstanceOf(ContainerTimeoutException.class)
        .hasMessageContaining("callTimeout is PT1.5S");
    await(() -> own().isEmpty());
  }

  @Test
  void container_thatEndsDuringACall_isReportedWithItsExitAndLog() {
    assertThatThrownBy(() -> rogue(backend, "exit"))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.exitCode()).hasValue(3))
        .hasMessageContainingAll("its process ended with code 3", "leaving with 3");
  }

  @Test
  void container_thatTakesTooMuchMemory_isReportedSo() {
    ContainerFunction function =
        backend.function(ROGUE, Resources.NONE.withMemoryBytes(32 << 20), "w");
    assertThatThrownBy(() -> function.apply(Map.of("way", "memory"), Calls.CONTEXT))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.outOfMemory()).isTrue())
        .hasMessageContaining("it was killed for taking more memory than it may");
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "short"})
  void connection_thatBreaks_isReported(String way) {
    assertThatThrownBy(() -> rogue(backend, way))
        .isInstanceOf(ContainerDiedException.class)
        .hasMessageContaining("broke off");
  }

  @Test
  void failure_ofAnImageThatDoesNotEndItsLog_isWaitedForOnce() throws Exception {
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> rogue(backend, "error"))
          .isInstanceOf(ContainerFunctionException.class);
      nanos.add(System.nanoTime() - start);
    }
    assertThat(Collections.min(nanos.subList(1, 6)))
        .as("the first waits for 50 times 20 ms")
        .isLessThan(TimeUnit.SECONDS.toNanos(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "USER 0", "USER 00:0"})
  void image_thatIsReplacedByOneOfRoot_runsAsNobody(String user) throws Exception {
    ContainerImage image = ContainerImage.of("faasflow-test/replaced")
        .withSource("import os\ndef main(x): return os.getuid()");
    try {
      build(image.name(), "FROM faasflow/python\nUSER 1234");
      assertThat(call(backend, image, 1)).isEqualTo(1234);
      build(image.name(), "FROM faasflow/python\n" + user);
      engine.remove(own().get(0).id());
      assertThat(call(backend, image, 1)).isEqualTo(65534);
    } finally {
      docker("", "rmi", "--force", image.name());
    }
  }

  private static void build(String image, String dockerfile) throws Exception {
    docker(dockerfile, "build", "--tag", image, "-");
  }

  private static void docker(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("env", "DOCKER_BUILDKIT=0", "docker"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    try (OutputStream out = process.getOutputStream()) {
      out.write(input.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void container_thatDiedWhileItWasIdle_failsNoCall() throws Exception {
    assertThat(call(backend, python(DOUBLE), Map.of("n", 1))).isEqualTo(Map.of("n", 2));
    engine.remove(own().get(0).id());
    assertThat(call(backend, python(DOUBLE), Map.of("n", 2))).isEqualTo(Map.of("n", 4));
    assertThat(counts().started()).isEqualTo(2);
    assertThat(counts().lost()).isEqualTo(1);
  }

  // Starts that fail.

  @Test
  void start_ofAnUnknownImage_saysSo() {
    assertThatThrownBy(() -> call(backend, ContainerImage.of("faasflow-test/unknown"), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContaining("the engine has no such image: pull or build it");
  }

  @Test
  void start_ofSourceThatIsWrong_hasTheRuntimesWords() {
    assertThatThrownBy(() -> call(backend, python("def main(x: return"), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll("refused the function with status 502", "SyntaxError");
  }

  @Test
  void start_ofAProcessThatEnds_hasItsExitAndLog() {
    assertThatThrownBy(
            () -> call(backend, ROGUE.withEnvironment(Map.of("LISTEN", "exit")), Map.of()))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll("it ended before it was ready", "code 4", "no wish to serve");
  }

  @Test
  void start_thatTakesTooLong_isGivenUp() throws Exception {
    rebuild(builder().startTimeout(Duration.ofSeconds(2)));
    assertThatThrownBy(
            () -> call(backend, ROGUE.withEnvironment(Map.of("LISTEN", "never")), Map.of()))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll("does not listen", "within PT2S");
    await(() -> own().isEmpty());
  }

  @Test
  void socket_thatThisUserMayNotConnectWith_isNamedWithTheCure() throws Exception {
    assumeFalse(Root.isSelf(), "root may connect with any");
    rebuild(builder().startTimeout(Duration.ofSeconds(2)));
    assertThatThrownBy(
            () -> call(backend, ROGUE.withEnvironment(Map.of("LISTEN", "private")), Map.of()))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll("only its own user may connect", "the mode 666");
  }

  @Test
  void engine_thatDoesNotSeeOurFiles_isSaidSo() throws Exception {
    // What is behind this link is one thing for this process, and another one for the engine's.
    Path ours =
        Path.of("/proc/self/cwd").resolve(Files.createTempDirectory(Path.of("target"), "f"));
    rebuild(builder().folder(ours));
    assertThatThrownBy(() -> call(backend, python(DOUBLE), 1))
        .isInstanceOf(ContainerStartException.class)
        .hasMessageContainingAll(
            "bind source path does not exist: " + ours,
            "does not see its files",
            "DOCKER_HOST=tcp://localhost:PORT",
            "folder(...)");
  }

  // Lambda.

  private static final ContainerImage LAMBDA = ROGUE.withProtocol(ContainerProtocol.LAMBDA);

  private Object lambda(String way) throws Exception {
    return call(backend, LAMBDA, Map.of("way", way));
  }

  @Test
  void lambda_takesAndGivesAnyJson() throws Exception {
    for (Object value : Arrays.asList(
        5,
        null,
        false,
        List.of(1, 2.5),
        "ä\u0000\uD83D\uDE00",
        Map.of("a", 1),
        "x".repeat(1_000_000))) {
      assertThat(call(backend, LAMBDA, value)).isEqualTo(value);
    }
    assertThat(counts().started()).isEqualTo(1);
  }

  @Test
  void lambda_functionThatFails_isSaidSoAndItsContainerIsUsedAgain() throws Exception {
    assertThatThrownBy(() -> lambda("raise"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("it failed with ValueError: bad");
    assertThatThrownBy(() -> lambda("raise-node"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("it failed with TypeError: bad");
    assertThatThrownBy(() -> lambda("raise-java"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("it failed with java.lang.IllegalStateException: bad");
    assertThatThrownBy(() -> lambda("no-handler"))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining(
            "it failed with Runtime.HandlerNotFound: Handler 'nothing' missing on module 'app'");
    assertThat(counts().started()).isEqualTo(1);
  }

  @Test
  void lambda_functionThatDoesNotAnswer_hasTheEmulatorsReason() {
    assertThatThrownBy(() -> lambda("timed-out"))
        .isInstanceOf(ContainerTimeoutException.class)
        .hasMessageContainingAll(
            "Task timed out after 2.00 seconds", "AWS_LAMBDA_FUNCTION_TIMEOUT");
    assertThatThrownBy(() -> lambda("exit"))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.exitCode()).hasValue(3))
        .hasMessageContaining("Runtime exited with error: exit status 3");
    assertThatThrownBy(() -> lambda("memory"))
        .isInstanceOfSatisfying(
            ContainerDiedException.class, e -> assertThat(e.exitCode()).isEmpty())
        .hasMessageContaining("give the task more memory");
    assertThatThrownBy(() -> lambda("no-program"))
        .isInstanceOf(ContainerDiedException.class)
        .hasMessageContaining("ended before it could be called");
    assertThatThrownBy(() -> lambda("large"))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining("exceeded maximum allowed payload size (6291556 bytes)");
    assertThatThrownBy(() -> lambda("busy"))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining("status 400");
    assertThat(counts().started()).as("each had a container of its own").isEqualTo(6);
  }

  @Test
  void lambda_inputThatTheEmulatorWouldCut_isRefused() throws Exception {
    String most = "x".repeat((6 << 20) + 98); // and two quotes
    assertThat(call(backend, LAMBDA, most)).isEqualTo(most);
    assertThatThrownBy(() -> call(backend, LAMBDA, most + "x"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "has 6291557 bytes as JSON, and the emulator of AWS Lambda takes 6291556");
  }

  @Test
  void lambda_withSource_isRefusedAtOnce() {
    assertThatThrownBy(
            () -> function(backend, python(DOUBLE).withProtocol(ContainerProtocol.LAMBDA)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("put the function into the image");
  }

  // Life cycle.

  @Test
  void cancel_ofARun_removesTheContainerAtWork() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("hangs").image(ROGUE))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      WorkflowRun<Object> run = flow.start(workflow, Map.of("way", "hang"));
      awaitHanging();
      run.cancel();
      assertThat(run.result().status()).isEqualTo(RunStatus.CANCELLED);
      await(() -> counts().busy() == 0 && counts().removing() == 0);
      assertThat(own()).isEmpty();
      assertThat(counts().lost()).isEqualTo(1);
    }
  }

  @Test
  void timeout_ofATask_endsTheCall() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.<Object, Object>named("hangs").image(ROGUE).timeout(Duration.ofSeconds(3)))
        .build();
    Workflow<Object, Object> patient = Workflow.<Object>builder("patient")
        .sequence(Task.<Object, Object>named("starts").image(ROGUE))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      flow.run(patient, Map.of("way", "well")); // the container's start takes none of the time
      assertThatThrownBy(() -> flow.run(workflow, Map.of("way", "hang")))
          .isInstanceOf(TaskFailedException.class);
      await(() -> own().isEmpty());
      assertThat(counts().started()).isEqualTo(1);
    }
  }

  @Test
  void planAhead_hasTheNextContainerReady() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.task("first", (Object x) -> {
          await(() -> !backend.counts().isEmpty() && counts().idle() == 1);
          return x;
        }))
        .sequence(Task.<Object, Object>named("second").image(python(DOUBLE)))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThat(flow.run(workflow, Map.of("n", 1))).isEqualTo(Map.of("n", 2));
    }
    assertThat(counts().started()).isEqualTo(1);
  }

  @Test
  void planAhead_hasAContainerReadyForEachCallThatComesAtOnce() throws Exception {
    ContainerImage image = python(DOUBLE);
    Workflow<Object, List<Object>> workflow = Workflow.<Object>builder("w")
        .sequence(Task.task("first", (Object x) -> {
          await(() -> !backend.counts().isEmpty() && counts().idle() == 2);
          return x;
        }))
        .parallel(
            Task.<Object, Object>named("left").image(image),
            Task.<Object, Object>named("right").image(image))
        .sequence(Task.task("list", both -> {
          await(() -> counts().idle() == 4);
          return Collections.nCopies(6, Map.of("n", 1));
        }))
        .foreach(
            items -> items,
            Task.<Object, Object>named("each").image(image),
            each -> each.expectedInstances(6).concurrency(4))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThat(flow.run(workflow, Map.of("n", 1)))
          .isEqualTo(Collections.nCopies(6, Map.of("n", 2)));
    }
    assertThat(counts().started()).isEqualTo(4);
  }

  @Test
  void planAhead_ofRunsThatFail_startsNoMore() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(Task.task("first", (Object x) -> {
          await(() -> !backend.counts().isEmpty() && counts().idle() > 0);
          throw new IllegalStateException("before the second is called");
        }))
        .sequence(Task.<Object, Object>named("second").image(python(DOUBLE)))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> flow.run(workflow, Map.of("n", 1)))
            .isInstanceOf(TaskFailedException.class);
      }
    }
    assertThat(counts().starting() + counts().idle()).isEqualTo(1);
  }

  @Test
  void containers_nobodyCalls_areRemoved() throws Exception {
    rebuild(builder().keepAlive(Duration.ofMillis(300)));
    call(backend, python(DOUBLE), Map.of("n", 1));
    await(() -> backend.counts().isEmpty());
    assertThat(own()).isEmpty();
  }

  @Test
  void limits_ofFunctionAndWorker_hold() throws Exception {
    rebuild(builder().maxContainersOfFunction(2).maxContainersOfWorker(3));
    List<ContainerImage> images =
        IntStream.range(0, 3).mapToObj(i -> python("""
            import os, time
            def main(x):
                with open("/tmp/mine", "x"):
                    time.sleep(0.02)
                os.remove("/tmp/mine")
                return %d
            """.formatted(i))).toList();
    ExecutorService threads = Executors.newFixedThreadPool(9);
    try {
      List<Future<Object>> calls = IntStream.range(0, 60)
          .mapToObj(i -> threads.submit(() -> call(backend, images.get(i % 3), i)))
          .toList();
      while (!calls.stream().allMatch(Future::isDone)) {
        assertThat(own().size()).isLessThanOrEqualTo(3);
        for (ContainerCounts one : backend.counts()) {
          assertThat(one.starting() + one.idle() + one.busy() + one.removing())
              .isLessThanOrEqualTo(2);
        }
      }
      for (int i = 0; i < calls.size(); i++) {
        assertThat(calls.get(i).get()).isEqualTo(i % 3); // "x": two at once would fail
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void call_thatFindsNoFreeContainer_saysWhichLimit() throws Exception {
    rebuild(builder().maxContainersOfFunction(1));
    assertThat(rogue(backend, "well")).isNotNull(); // its start takes none of the call's time
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Object> first = thread.submit(() -> rogueWithin(Duration.ofSeconds(5), "hang"));
      await(() -> counts().busy() == 1);
      assertThatThrownBy(() -> rogueWithin(Duration.ofMillis(100), "well"))
          .isInstanceOf(ContainerCapacityException.class)
          .hasMessageContainingAll("got free in time", "maxContainersOfFunction");
      assertThatThrownBy(first::get).hasCauseInstanceOf(ContainerTimeoutException.class);
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void close_whileCallsAreAtWork_breaksThemOff() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Object> call = thread.submit(() -> rogue(backend, "hang"));
      awaitHanging();
      backend.close();
      assertThat(own()).isEmpty();
      assertThatThrownBy(() -> call.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ContainerDiedException.class);
      assertThatThrownBy(() -> rogue(backend, "well"))
          .isInstanceOf(ContainerCapacityException.class)
          .hasMessageContaining("the backend was closed");
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void close_ofAnInterruptedThread_removesWhatIsBeingStarted() throws Exception {
    for (int i = 0; i < 4; i++) {
      prewarm(backend, python(DOUBLE + "#" + i));
    }
    Thread.currentThread().interrupt();
    backend.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(own()).isEmpty();
    assertThat(backend.counts())
        .allMatch(count -> count.starting() + count.idle() + count.removing() == 0);
  }

  @Test
  void calls_thatAreShort_shareAContainer_unlessOneOfThemTakesLong() throws Exception {
    ContainerImage image = python("""
        import time
        time.sleep(3)  # so that a start takes much longer than a call, on whatever machine
        def main(seconds):
            time.sleep(seconds)
            return seconds
        """);
    for (int i = 0; i < 10; i++) {
      assertThat(call(backend, image, 0)).isEqualTo(0);
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<Object> one : threads.invokeAll(IntStream.range(0, 8)
          .mapToObj(i -> (Callable<Object>) () -> call(backend, image, 0))
          .toList())) {
        assertThat(one.get()).isEqualTo(0);
      }
      assertThat(counts().started()).isEqualTo(1);
      Future<Object> slow = threads.submit(() -> call(backend, image, 3_600));
      await(() -> counts().busy() == 1);
      assertThat(call(backend, image, 0)).as("nobody waits for an hour").isEqualTo(0);
      assertThat(counts().started()).isEqualTo(2);
      assertThat(slow).isNotDone();
    } finally {
      threads.shutdownNow();
    }
  }

  // What a container may not.

  @Test
  void container_byDefault_mayDoLittle() throws Exception {
    ContainerImage image = python("""
        import os, resource, socket
        def refused(path):
            try:
                open(path, "w").close()
                return False
            except OSError:
                return True
        def status(key):
            with open("/proc/self/status") as f:
                return [l.split()[1] for l in f if l.startswith(key)][0]
        def main(x):
            open("/tmp/scratch", "w").close()
            try:
                socket.create_connection(("1.1.1.1", 80), 2)
                connected = True
            except OSError:
                connected = False
            return {
                "uid": os.getuid(),
                "capabilities": status("CapEff") + status("CapBnd"),
                "noNewPrivileges": status("NoNewPrivs"),
                "seccomp": status("Seccomp"),
                "lockable": resource.getrlimit(resource.RLIMIT_MEMLOCK),
                "interfaces": [name for _, name in socket.if_nameindex()],
                "connected": connected,
                "refused": [refused(p) for p in ("/x", "/etc/x", "/faasflow/server.py", "/dev/x")],
                "docker": os.path.exists("/var/run/docker.sock"),
                "mounted": sorted(os.listdir("/run/faasflow")),
            }
        """);
    Map<String, Object> expected = Map.of(
        "uid",
        65534,
        "capabilities",
        "0".repeat(32),
        "noNewPrivileges",
        "1",
        "seccomp",
        "2",
        "lockable",
        List.of(0, 0),
        "interfaces",
        List.of("lo"),
        "connected",
        false,
        "refused",
        List.of(true, true, true, true),
        "docker",
        false,
        "mounted",
        List.of("function.sock"));
    assertThat(call(backend, image, 1)).isEqualTo(expected);
  }

  @Test
  void limits_ofATask_areThoseOfItsContainer() throws Exception {
    ContainerImage image = python("""
        def main(x):
            for path in ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"):
                try:
                    return int(open(path).read())
                except FileNotFoundError:
                    pass
        """);
    ContainerFunction function =
        backend.function(image, Resources.NONE.withMemoryBytes(64 << 20), "w");
    assertThat(function.apply(null, Calls.CONTEXT)).isEqualTo(64 << 20);
    assertThat(call(backend, image, null)).as("the backend's default").isEqualTo(256 << 20);
  }

  @Test
  void processes_beyondTheLimit_areRefused() {
    ContainerImage image = python("""
        import os, time
        def main(x):
            for i in range(100):
                if os.fork() == 0:
                    time.sleep(60)
        """);
    rebuild(builder().processes(20));
    assertThatThrownBy(() -> call(backend, image, 1))
        .isInstanceOf(ContainerFunctionException.class)
        .hasMessageContaining("BlockingIOError");
  }
}
