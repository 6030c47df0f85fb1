package io.faasflow.docker;

import static io.faasflow.docker.Calls.CONTEXT;
import static io.faasflow.docker.Calls.call;
import static io.faasflow.docker.Calls.python;
import static io.faasflow.workflow.Task.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.faasflow.FaasFlow;
import io.faasflow.WorkflowRun;
import io.faasflow.container.ContainerAnswerException;
import io.faasflow.container.ContainerDiedException;
import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.faastore.FaaStore;
import io.faasflow.faastore.HeapTier;
import io.faasflow.faastore.MemoryQuota;
import io.faasflow.function.Resources;
import io.faasflow.run.DataException;
import io.faasflow.run.TaskFailedException;
import io.faasflow.store.Blob;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large values as files, with containers of a real engine. */
@NeedsEngine
@Timeout(120)
class SharedFilesTest {
  private static final int SIZE = 3_000_000;

  /** Gives a file with the byte that it takes, and the file's number. */
  private static final ContainerImage MAKE = python("""
      import os
      from faasflow import Blob
      def main(byte):
          path = Blob.new_path()
          with open(path, "wb") as file:
              file.write(bytes([byte]) * 3_000_000)
          return {"file": Blob(path=path, content_type="image/png"), "inode": os.stat(path).st_ino}
      """);

  /** Reads what the first gave. */
  private static final ContainerImage READ = python("""
      import os
      def main(made):
          file = made["file"]
          view = file.view()
          return {"size": len(view), "last": view[-1], "type": file.content_type,
                  "same": bool(file.path) and os.stat(file.path).st_ino == made["inode"]}
      """);

  @TempDir
  private Path disk;

  private Path folder;
  private DockerBackend backend;

  @BeforeEach
  void build() throws IOException {
    // In memory, as the default is: other file systems may have no leases.
    folder = Files.createTempDirectory(Path.of("/dev/shm"), "faasflow-test");
    backend = builder().build();
  }

  @AfterEach
  void close_leavesNothing() throws IOException {
    backend.close();
    Files.delete(folder);
    assertThat(disk).isEmptyDirectory();
  }

  private DockerBackend.Builder builder() {
    return DockerBackend.builder().folder(folder).diskFolder(disk);
  }

  private void rebuild(DockerBackend.Builder builder) {
    backend.close();
    backend = builder.build();
  }

  /** All files that went in or out and are still there. Some may go meanwhile. */
  private List<Path> files() {
    return Stream.of(folder, disk).flatMap(SharedFilesTest::dataIn).toList();
  }

  private static Stream<Path> dataIn(Path tree) {
    return FileTree.of(tree)
        .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
        .filter(file -> String.valueOf(file.getParent()).matches(".*(/files|[.]in|[.]out.*)"));
  }

  private void assertNoFilesLeft() {
    assertThat(files()).isEmpty();
    assertThat(backend.fileBytes()).isZero();
    assertThat(backend.diskBytes()).isZero();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime() - end).as("time left").isNegative();
      Thread.onSpinWait();
    }
  }

  private static Task<Object, Object> contained(String name, ContainerImage image) {
    return Task.<Object, Object>named(name).image(image);
  }

  private static byte[] bytes(int value) {
    byte[] all = new byte[SIZE];
    Arrays.fill(all, (byte) value);
    return all;
  }

  private static ByteBuffer buffer(int value) {
    return ByteBuffer.wrap(bytes(value));
  }

  private static Blob fileOf(Object output) {
    return (Blob) ((Map<?, ?>) output).get("file");
  }

  // Values.

  @Test
  void file_ofOneContainer_isReadByAnotherWithoutACopy() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(contained("read", READ))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      for (int i = 0; i < 100; i++) {
        assertThat(flow.run(workflow, i))
            .isEqualTo(Map.of("size", SIZE, "last", i, "type", "image/png", "same", Root.isSelf()));
        assertNoFilesLeft();
      }
    }
    assertThat(backend.counts()).allMatch(counts -> counts.started() == 1 && counts.idle() == 1);
  }

  @Test
  void file_ofAContainer_isABlobForFunctionsOfTheHost() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(task("host", (Object made) -> {
          Blob file = fileOf(made);
          try (InputStream in = file.open()) {
            assertThat(in.readAllBytes()).isEqualTo(bytes(7));
          }
          assertThat(file.buffer()).isEqualTo(buffer(7));
          assertThat(file.isInMemory()).isTrue();
          return Map.of("file", file, "inode", ((Map<?, ?>) made).get("inode"));
        }))
        .sequence(contained("read", READ))
        .build();
    try (FaasFlow flow = FaasFlow.builder().workers(2).containers(backend).build()) {
      assertThat(flow.run(workflow, 7))
          .isEqualTo(Map.of("size", SIZE, "last", 7, "type", "image/png", "same", Root.isSelf()));
    }
    assertNoFilesLeft();
  }

  @Test
  void bytesOfTheHost_ofAnySize_comeAsBlobs() throws Exception {
    ContainerImage image = python("""
        def main(all):
            read = [(blob.size, blob.content_type, sum(blob.read()), sum(blob.view()), blob.path is not None)
                    for blob in all["in"]]
            return {"read": read, "small": b"abc", "large": bytearray(b"x" * 3_000_000), "none": b""}
        """);
    Map<?, ?> output = (Map<?, ?>) call(
        backend,
        image,
        Map.of(
            "in",
            List.of(
                bytes(1),
                Blob.of("text/plain", bytes(2)),
                Blob.of("a/b", SIZE, () -> Blob.of(bytes(3)).open()),
                ByteBuffer.wrap(new byte[] {4}),
                new byte[0])));
    String any = "application/octet-stream";
    assertThat(output.get("read"))
        .isEqualTo(List.of(
            List.of(SIZE, any, SIZE, SIZE, true),
            List.of(SIZE, "text/plain", 2 * SIZE, 2 * SIZE, true),
            List.of(SIZE, "a/b", 3 * SIZE, 3 * SIZE, true),
            List.of(1, any, 4, 4, false),
            List.of(0, any, 0, 0, false)));
    assertThat(((Blob) output.get("small")).buffer())
        .isEqualTo(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}));
    assertThat(((Blob) output.get("large")).buffer()).isEqualTo(buffer('x'));
    assertThat(output.get("large")).isInstanceOf(FileBlob.class);
    assertThat(((Blob) output.get("none")).length()).isZero();
    backend.ended(CONTEXT.runId(), null);
    assertNoFilesLeft();
  }

  @Test
  void file_thatItsUserAloneMayRead_isTakenAllTheSame() throws Exception {
    ContainerImage image = python("""
        import os
        from faasflow import Blob
        def main(large):
            os.umask(0o077)
            path = Blob.new_path()
            with open(path, "wb") as file:
                file.write(b"x" * (3_000_000 if large else 3))
            return {"file": Blob(path=path)}
        """);
    assertThat(fileOf(call(backend, image, true)).buffer()).isEqualTo(buffer('x'));
    assertThat(fileOf(call(backend, image, false)).buffer())
        .isEqualTo(ByteBuffer.wrap(new byte[] {'x', 'x', 'x'}));
  }

  @Test
  void file_thatThisUserMayNotRead_isNamedWithTheCure() throws Exception {
    assumeFalse(Root.isSelf(), "root may read any");
    ContainerImage image = python("""
        import os
        def main(large):
            os.umask(0o077)
            with open("/faasflow/out/secret", "wb") as file:
                file.write(b"x" * (3_000_000 if large else 3))
            return {"$file": {"path": "/faasflow/out/secret"}}
        """);
    for (boolean large : new boolean[] {true, false}) {
      assertThatThrownBy(() -> call(backend, image, large))
          .isInstanceOf(ContainerAnswerException.class)
          .hasMessageContainingAll("'secret' cannot be read", "the mode 644");
    }
    assertNoFilesLeft();
  }

  @Test
  void input_thatIsGivenBack_isTheSameValue() throws Exception {
    ContainerImage echo = python("def main(blob): return {'a': [blob, blob]}");
    Blob input = Blob.of(bytes(5));
    Map<?, ?> output = (Map<?, ?>) call(backend, echo, input);
    assertThat((List<?>) output.get("a")).hasSize(2).allMatch(one -> one == input);
    assertNoFilesLeft();
  }

  @Test
  void javaFunctions_takeAndGiveBlobs() throws Exception {
    rebuild(builder().classPath(List.of(Path.of("target/test-classes"))));
    ContainerImage java =
        ContainerImage.of("faasflow/java").withMain(Functions.Invert.class.getName());
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(task("choose", SharedFilesTest::fileOf))
        .sequence(contained("invert", java))
        .sequence(contained("read", python("def main(x): return [x.view()[0], x.content_type]")))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThat(flow.run(workflow, 1)).isEqualTo(List.of(254, "image/png"));
      assertThat(flow.run(workflow, 2)).isEqualTo(List.of(253, "image/png"));
    }
    Blob small = (Blob) call(backend, java, Blob.of("a/b", new byte[] {0}));
    assertThat(small.buffer()).isEqualTo(ByteBuffer.wrap(new byte[] {-1}));
    assertNoFilesLeft();
  }

  @Test
  void withoutFiles_bytesTravelInRequestsAndAnswers() throws Exception {
    rebuild(builder().fileBytes(0).classPath(List.of(Path.of("target/test-classes"))));
    ContainerImage python = python("""
        import os
        def main(blob): return [blob.path, "FAASFLOW_OUT" in os.environ, bytes(blob.view())]
        """);
    List<?> output = (List<?>) call(backend, python, bytes(6));
    assertThat(output.subList(0, 2)).isEqualTo(Arrays.asList(null, false));
    assertThat(((Blob) output.get(2)).buffer()).isEqualTo(buffer(6));
    Blob inverted = (Blob) call(
        backend,
        ContainerImage.of("faasflow/java").withMain(Functions.Invert.class.getName()),
        bytes(0));
    assertThat(inverted.buffer()).isEqualTo(buffer(255));
    assertThatThrownBy(() ->
            call(backend, python("def main(x): return {'$file': {'path': '/faasflow/out/1'}}"), 1))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining("shares no files with its host");
  }

  @Test
  void input_thatLooksLikeAFile_isRefused() {
    assertThatThrownBy(() -> call(
            backend,
            python("def main(x): return x"),
            Map.of("request", Map.of("$file", Map.of("path", "/proc/self/environ")))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("'$file', which stands for files");
  }

  @Test
  void input_thatCannotBeRead_isNamed() throws Exception {
    Blob shorter = Blob.of("a/b", SIZE + 1, () -> Blob.of(bytes(3)).open());
    assertThatThrownBy(() -> call(backend, MAKE, List.of(bytes(1), shorter)))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("input of task 'contained'", "does not have the 3000001 bytes");
    assertNoFilesLeft();
  }

  // Outputs that are not to be trusted.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "os.symlink('/etc/passwd', out)|is no regular file",
        "os.symlink('/', out)|is no regular file",
        "os.mkdir(out)|is no regular file",
        "os.mkdir(out); os.symlink('/etc', out + '/etc'); open(out + '/x', 'w')|is no regular file",
        "os.mkfifo(out)|is no regular file",
        "socket.socket(socket.AF_UNIX).bind(out)|is no regular file",
        "open(out, 'w'); os.link(out, out + '2')|has other names as well",
        "open(out, 'w').truncate(1 << 41)|has 2199023255552 bytes, and may have 1073741824",
        "None|is not in the folder /faasflow/out",
        "os.mkdir('/faasflow/out/d'); out = '/faasflow/out/d/x'; open(out, 'w')|neither in /faasflow/out",
        "out = '/faasflow/out/../in/x'|neither in /faasflow/out nor an input",
        "out = '/faasflow/out/..'|neither in /faasflow/out nor an input",
        "out = '/faasflow/out/'|neither in /faasflow/out nor an input",
        "out = '/faasflow/out/a\\n'|neither in /faasflow/out nor an input",
        "out = '/faasflow/in/1'|neither in /faasflow/out nor an input",
        "out = '/etc/passwd'|neither in /faasflow/out nor an input",
        "out = 'passwd'|neither in /faasflow/out nor an input",
        "out = 7|has neither a path nor data"
      })
  void output_thatIsNoFile_isRefused(String codeAndReason) throws Exception {
    String[] parts = codeAndReason.split("\\|", 2);
    ContainerImage image = python("""
        import os, socket
        def main(x):
            out = "/faasflow/out/x"
            %s
            return {"a": {"$file": {"path": out}}}
        """.formatted(parts[0]));
    assertThatThrownBy(() -> call(backend, image, 1))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining(parts[1]);
    assertThat(Path.of("/etc/passwd")).isNotEmptyFile();
    await(() -> files().isEmpty()); // its container has gone
    assertThat(backend.fileBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'text'|is no object",
        "{}|has neither a path nor data",
        "{'data': '@'}|are no Base64",
        "{'data': '', 'contentType': 'a/b; faasflow\\n'}|a contentType that is none",
        "{'data': '', 'contentType': 5}|a contentType that is none"
      })
  void mark_thatCannotBeRead_isRefused(String codeAndReason) {
    String[] parts = codeAndReason.split("\\|", 2);
    assertThatThrownBy(() ->
            call(backend, python("def main(x): return [{'$file': %s}]".formatted(parts[0])), 1))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining(parts[1]);
  }

  /** Each way to change a file after it was given. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "keep = open(out, 'r+b')|keep.write(b'bad'); keep.flush(); keep.truncate(3)",
        "file = open(out, 'r+b'); keep = mmap.mmap(file.fileno(), 0); file.close()|keep[0:3] = b'bad'",
        "keep = open(out, 'rb')|open(f'/proc/self/fd/{keep.fileno()}', 'r+b').write(b'bad')",
        "keep = open(out, 'rb')|os.fchmod(keep.fileno(), 0o666); open(f'/proc/self/fd/{keep.fileno()}', 'r+b').write(b'bad')",
        "keep = os.open('/faasflow/out', os.O_RDONLY)|open('/faasflow/out/x', 'r+b').write(b'bad')",
        "keep = None|os.remove('/faasflow/out/x')"
      })
  void output_cannotBeChangedAfterwards(String keepAndChange) throws Exception {
    String[] parts = keepAndChange.split("\\|", 2);
    ContainerImage image = python("""
        import mmap, os
        keep = None
        def main(change):
            global keep
            if change:
                try:
                    %s
                    return "changed something"
                except OSError as error:
                    return type(error).__name__
            out = "/faasflow/out/x"
            with open(out, "wb") as file:
                file.write(bytes([9]) * 3_000_000)
            %s
            return {"file": {"$file": {"path": out}}}
        """.formatted(parts[1], parts[0]));
    Blob before = fileOf(call(backend, image, false));
    ByteBuffer mapped = before.buffer();
    Object tried = call(backend, image, true);
    assertThat(backend.counts().get(0).started()).as("the same container").isEqualTo(1);
    assertThat(before.buffer()).as(String.valueOf(tried)).isEqualTo(buffer(9));
    assertThat(mapped).isEqualTo(buffer(9));
    try (InputStream in = before.open()) {
      assertThat(in.readAllBytes()).isEqualTo(bytes(9));
    }
    assertThat(call(backend, READ, Map.of("file", before, "inode", 0)))
        .isEqualTo(
            Map.of("size", SIZE, "last", 9, "type", "application/octet-stream", "same", false));
  }

  @Test
  void input_cannotBeChanged_andNoOthersAreSeen() throws Exception {
    ContainerImage image = python("""
        import os
        def attempt(action):
            try:
                action()
                return "done"
            except OSError:
                return "refused"
        def main(blob):
            path = blob.path
            return [len(os.listdir("/faasflow/in")), len(os.listdir("/faasflow/out")),
                    attempt(lambda: open(path, "r+b")), attempt(lambda: os.chmod(path, 0o666)),
                    attempt(lambda: os.remove(path)), attempt(lambda: open("/faasflow/in/new", "w")),
                    attempt(lambda: os.link(path, "/faasflow/out/link")), blob.view()[0]]
        """);
    Blob made = fileOf(call(backend, MAKE, 8));
    for (int i = 0; i < 2; i++) {
      assertThat(call(backend, image, made))
          .isEqualTo(List.of(1, 0, "refused", "refused", "refused", "refused", "refused", 8));
    }
    assertThat(made.buffer()).isEqualTo(buffer(8));
  }

  // Room.

  @Test
  void full_outputsGoToTheDisk_andInputsIntoRequests() throws Exception {
    rebuild(builder().fileBytes(2 * SIZE));
    List<Blob> kept = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      kept.add(fileOf(call(backend, MAKE, i)));
    }
    assertThat(kept.stream().map(Blob::isInMemory))
        .containsExactly(true, true, false, false, false);
    assertThat(backend.fileBytes()).isEqualTo(2 * SIZE);
    assertThat(dataIn(disk)).hasSize(3);
    ContainerImage where = python("def main(x): return [x.path is None, x.view()[-1]]");
    for (int i = 0; i < 5; i++) {
      assertThat(kept.get(i).buffer()).isEqualTo(buffer(i));
      assertThat(call(backend, where, kept.get(i))).isEqualTo(List.of(i >= 2, i));
    }
    backend.ended(CONTEXT.runId(), null);
    assertNoFilesLeft();
  }

  @Test
  void full_diskAsWell_isToldWithBothLimits() throws Exception {
    rebuild(builder().fileBytes(SIZE).diskBytes(2 * SIZE));
    List<Blob> kept = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      kept.add(fileOf(call(backend, MAKE, i)));
    }
    assertThat(backend.diskBytes()).isEqualTo(2 * SIZE);
    assertThatThrownBy(() -> call(backend, MAKE, 3))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContainingAll(
            "finds no room",
            "3000000 bytes of 3000000 (fileBytes)",
            "6000000 of 6000000 (diskBytes)");
    assertThat(dataIn(disk)).hasSize(2);
    for (int i = 0; i < 3; i++) {
      assertThat(kept.get(i).buffer()).isEqualTo(buffer(i));
    }
    backend.ended(CONTEXT.runId(), null);
    assertNoFilesLeft();
    assertThat(fileOf(call(backend, MAKE, 4)).buffer()).isEqualTo(buffer(4));
    backend.ended(CONTEXT.runId(), null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "65535|its small files have more than 1000000 bytes together (maxAnswerBytes)",
        "3000000|its files have more than 6000000 bytes together (fileBytes)"
      })
  void filesOfOneAnswer_thatAreEmptyInside_haveALimitTogether(String sizeAndReason) {
    rebuild(builder().fileBytes(2 * SIZE).maxAnswerBytes(1_000_000));
    String[] parts = sizeAndReason.split("\\|", 2);
    ContainerImage image = python("""
        def main(size):
            paths = [f"/faasflow/out/{i}" for i in range(100)]
            for path in paths:
                open(path, "w").truncate(size)
            return [{"$file": {"path": path}} for path in paths]
        """);
    assertThatThrownBy(() -> call(backend, image, Integer.valueOf(parts[0])))
        .isInstanceOf(ContainerAnswerException.class)
        .hasMessageContaining(parts[1]);
    backend.ended(CONTEXT.runId(), null);
    assertThat(backend.fileBytes()).isZero();
    assertThat(dataIn(disk)).isEmpty();
  }

  @Test
  void foreach_withMoreThanThereIsRoomFor_completes() throws Exception {
    rebuild(builder().fileBytes(3 * SIZE).maxContainersOfFunction(2));
    Workflow<List<Object>, List<Object>> workflow = Workflow.<List<Object>>builder("w")
        .foreach(items -> items, contained("make", MAKE).then(contained("read", READ)))
        .build();
    List<Object> items = IntStream.range(0, 60).<Object>mapToObj(i -> i).toList();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      List<Object> read = flow.run(workflow, items);
      assertThat(read.stream().map(one -> ((Map<?, ?>) one).get("last"))).isEqualTo(items);
    }
    assertNoFilesLeft();
  }

  @Test
  void store_overItsQuota_movesFilesAway() throws Exception {
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(task("choose", SharedFilesTest::fileOf))
        .sequence(contained("read", python("def main(x): return [x.size, x.view()[0]]")))
        .build();
    for (long quota : new long[] {1L << 30, 0}) {
      try (FaaStore store = FaaStore.builder()
              .remote("heap", new HeapTier())
              .quota(MemoryQuota.fixed(quota))
              .writeBehind(0)
              .workerLimit(1L << 30)
              .build();
          FaasFlow flow = FaasFlow.builder().containers(backend).stores(store).build()) {
        assertThat(flow.run(workflow, 4)).isEqualTo(List.of(SIZE, 4));
        FaaStore.Usage usage = store.usage();
        assertThat(quota == 0 ? usage.movedToRemote() : usage.savedToMemory())
            .as("the file is counted")
            .isGreaterThanOrEqualTo(2 * SIZE);
      }
      assertNoFilesLeft();
    }
  }

  @Test
  void files_thatNobodyRefersTo_makeRoom() throws Exception {
    rebuild(builder().fileBytes(2 * SIZE));
    List<Blob> kept = new ArrayList<>();
    kept.add(fileOf(call(backend, MAKE, 1)));
    kept.add(fileOf(call(backend, MAKE, 2)));
    try {
      assertThat(kept).allMatch(file -> file.length() == SIZE);
      assertThat(backend.fileBytes()).isEqualTo(2 * SIZE);
    } finally {
      Reference.reachabilityFence(kept); // a collection may come at any time
    }
    kept.clear();
    await(() -> {
      System.gc();
      return backend.fileBytes() == 0;
    });
    assertThat(files()).isEmpty();
    assertThat(call(backend, MAKE, 3)).isNotNull();
  }

  @Test
  void container_isNotKilledForWhatItGave() throws Exception {
    ContainerFunction make = backend.function(MAKE, Resources.NONE.withMemoryBytes(48 << 20), "w");
    List<Blob> kept = new ArrayList<>();
    for (int i = 0; i < 20; i++) { // 60 MB
      kept.add(fileOf(make.apply(i, CONTEXT)));
    }
    for (int i = 0; i < 20; i++) {
      assertThat(kept.get(i).buffer()).isEqualTo(buffer(i));
    }
    assertThat(backend.counts().get(0).started()).isEqualTo(1);
  }

  // Life times.

  @Test
  void output_ofARun_isReadableAfterEverything() throws Exception {
    record Report(Blob picture) {}

    Workflow<Object, Object> direct =
        Workflow.<Object>builder("direct").sequence(contained("make", MAKE)).build();
    Workflow<Object, Object> wrapped = Workflow.<Object>builder("wrapped")
        .sequence(contained("make", MAKE))
        .sequence(task("wrap", (Object made) -> (Object) new Report(fileOf(made))))
        .build();
    Object made;
    Object report;
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      made = flow.run(direct, 1);
      assertThat(files()).isEmpty();
      report = flow.run(wrapped, 2);
      assertThat(files()).isEmpty();
      assertThat(backend.fileBytes()).as("it is in memory still").isEqualTo(2 * SIZE);
      assertThat(call(backend, READ, Map.of("file", fileOf(made), "inode", 0)))
          .as("the input of another run")
          .isEqualTo(Map.of("size", SIZE, "last", 1, "type", "image/png", "same", false));
    }
    backend.close();
    assertThat(fileOf(made).buffer()).isEqualTo(buffer(1));
    try (InputStream in = ((Report) report).picture().open()) {
      assertThat(in.readAllBytes()).isEqualTo(bytes(2));
    }
  }

  @Test
  void value_thatOutlivesItsRun_saysSo() throws Exception {
    Blob stolen = fileOf(call(backend, MAKE, 1));
    backend.ended(CONTEXT.runId(), List.of("something else", 1, true));
    assertThatThrownBy(stolen::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("its run has ended");
    assertThatThrownBy(stolen::buffer)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("its run has ended");
    assertNoFilesLeft();
  }

  @Test
  void container_thatDiesDuringACall_leavesNoFiles() throws Exception {
    ContainerImage dies = python("""
        import os
        from faasflow import Blob
        def main(made):
            made["file"].view()
            with open(Blob.new_path(), "wb") as file:
                file.write(b"x" * 3_000_000)
            os._exit(1)
        """);
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(contained("dies", dies))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      assertThatThrownBy(() -> flow.run(workflow, 1))
          .isInstanceOf(TaskFailedException.class)
          .hasCauseInstanceOf(ContainerDiedException.class);
      assertThat(backend.fileBytes()).isZero();
      await(() -> files().isEmpty()); // its container is removed in the background
    }
  }

  @Test
  void cancel_ofARun_leavesNoFiles() throws Exception {
    ContainerImage hangs = python("""
        import time
        from faasflow import Blob
        def main(made):
            with open(Blob.new_path(), "wb") as file:
                file.write(b"x" * 3_000_000)
            time.sleep(3600)
        """);
    Workflow<Object, Object> workflow = Workflow.<Object>builder("w")
        .sequence(contained("make", MAKE))
        .sequence(contained("hangs", hangs))
        .build();
    try (FaasFlow flow = FaasFlow.builder().containers(backend).build()) {
      WorkflowRun<Object> run = flow.start(workflow, 1);
      await(() -> files().stream().anyMatch(path -> path.toString().contains(".in/")));
      assertThat(run.cancel()).isTrue();
      assertThatThrownBy(run::await).isNotNull();
      await(() -> files().isEmpty() && backend.fileBytes() == 0);
    }
  }

  @Test
  void function_thatThrows_leavesNoFiles() throws Exception {
    ContainerImage throwing = python("""
        from faasflow import Blob
        def main(x):
            open(Blob.new_path(), "wb").write(b"x" * 3_000_000)
            raise ValueError("no")
        """);
    assertThatThrownBy(() -> call(backend, throwing, bytes(1))).hasMessageContaining("ValueError");
    assertNoFilesLeft();
    assertThat(backend.counts().get(0).idle()).isEqualTo(1);
  }
}
