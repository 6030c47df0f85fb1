package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.function.Resources;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What containers cost, against the bare engine API in the same run, taken in turns. Prints medians and
 * the best of all, in milliseconds. A main program, for the guide's chapter.
 */
final class ContainerMeasurements {
  private static final int COLD = 15;
  private static final int WARM = 3_000;
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);
  private static final String ECHO = "def main(x): return x";
  private static final String INIT =
      "{\"value\":{\"main\":\"main\",\"code\":\"" + ECHO + "\",\"binary\":false}}";

  private ContainerMeasurements() {}

  /**
   * Takes the folder of the tests' classes, and whether warm calls are all that is to be measured. The
   * engine is that of DOCKER_HOST.
   */
  public static void main(String[] args) throws Exception {
    String host = System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock");
    Path socket = Path.of(URI.create(host).getPath());
    List<Path> classes = List.of(Path.of(args[0]).toAbsolutePath());
    if (!Boolean.parseBoolean(args[1])) {
      cold(socket, classes);
    }
    String echo = Functions.Echo.class.getName();
    warm(socket, "Python", ContainerImage.of("faasflow/python").withSource(ECHO), INIT, classes);
    warm(
        socket,
        "Java",
        ContainerImage.of("faasflow/java").withMain(echo),
        "{\"value\":{\"main\":\"" + echo + "\"}}",
        classes);
  }

  private static void cold(Path socket, List<Path> classes) throws Exception {
    String java = Functions.Echo.class.getName();
    double[] bare = new double[COLD];
    double[] python = new double[COLD];
    double[] bareJava = new double[COLD];
    double[] contained = new double[COLD];
    try (DockerBackend backend = DockerBackend.builder()
        .classPath(classes)
        .maxContainersOfWorker(4 * COLD)
        .build()) {
      for (int i = -3; i < COLD; i++) { // some to warm up
        // A variable of its own, so that no container that is there will do.
        Map<String, String> number = Map.of("NUMBER", String.valueOf(i));
        keep(bare, i, bare(socket, "faasflow/python", INIT, classes));
        keep(
            python,
            i,
            cold(
                backend,
                ContainerImage.of("faasflow/python").withSource(ECHO).withEnvironment(number)));
        keep(
            bareJava,
            i,
            bare(socket, "faasflow/java", "{\"value\":{\"main\":\"" + java + "\"}}", classes));
        keep(
            contained,
            i,
            cold(
                backend,
                ContainerImage.of("faasflow/java").withMain(java).withEnvironment(number)));
      }
    }
    print("cold, Python, bare engine API: create, start, /init, /run", bare);
    print("cold, Python, DockerBackend", python);
    print("cold, Java, bare engine API", bareJava);
    print("cold, Java, DockerBackend", contained);
  }

  private static void keep(double[] times, int index, double time) {
    if (index >= 0) {
      times[index] = time;
    }
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static double cold(DockerBackend backend, ContainerImage image) throws Exception {
    long start = System.nanoTime();
    Calls.call(backend, image, Map.of());
    return millis(start);
  }

  private static double bare(Path engine, String image, String init, List<Path> classes)
      throws Exception {
    try (Bare container = new Bare(engine, image, init, classes)) {
      return container.readyMillis;
    }
  }

  /** The same by plain requests, with the same limits, and nothing watched. */
  private static final class Bare implements AutoCloseable {
    final double readyMillis;
    private final Path folder;
    private final SocketChannel api;
    private final SocketChannel function;
    private final String id;

    Bare(Path engine, String image, String init, List<Path> classes) throws Exception {
      folder = Files.createTempDirectory(Path.of("/dev/shm"), "bare");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
      String create = "{\"Image\":\"" + image + "\",\"User\":\"65534:65534\","
          + "\"NetworkDisabled\":true,\"Env\":[\"FAASFLOW_SOCKET=/run/faasflow/f.sock\"],"
          + "\"HostConfig\":{\"Memory\":268435456,\"MemorySwap\":268435456,"
          + "\"NanoCpus\":1000000000,\"PidsLimit\":256,\"CapDrop\":[\"ALL\"],"
          + "\"ReadonlyRootfs\":true,\"SecurityOpt\":[\"no-new-privileges\"],"
          + "\"Tmpfs\":{\"/tmp\":\"\"},\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"" + folder
          + "\",\"Target\":\"/run/faasflow\"},{\"Type\":\"bind\",\"Source\":\"" + classes.get(0)
          + "\",\"Target\":\"/faasflow/app/0\",\"ReadOnly\":true}]}}";
      long start = System.nanoTime();
      api = open(engine);
      Matcher created = Pattern.compile("\"Id\":\"(\\w+)\"")
          .matcher(exchange(api, "POST /containers/create", create));
      if (!created.find()) {
        throw new IllegalStateException("no container was created");
      }
      id = created.group(1);
      exchange(api, "POST /containers/" + id + "/start", "");
      Path socket = folder.resolve("f.sock");
      SocketChannel connected = null;
      while (connected == null) {
        try {
          connected = Files.exists(socket) ? open(socket) : null;
        } catch (IOException e) {
          connected = null; // not yet
        }
      }
      function = connected;
      exchange(function, "POST /init", init);
      run("{\"value\":{}}");
      readyMillis = millis(start);
    }

    String run(String request) throws IOException {
      return exchange(function, "POST /run", request);
    }

    @Override
    public void close() throws IOException {
      function.close();
      exchange(api, "DELETE /containers/" + id + "?force=1", "");
      api.close();
      Files.deleteIfExists(folder.resolve("f.sock"));
      Files.deleteIfExists(folder);
    }
  }

  private static SocketChannel open(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** A request whose answer has a length, or no body. */
  private static String exchange(SocketChannel channel, String line, String body)
      throws IOException {
    ByteBuffer request = ByteBuffer.wrap((line + " HTTP/1.1\r\nHost: a\r\nContent-Type:"
            + " application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
        .getBytes(UTF_8));
    while (request.hasRemaining()) {
      channel.write(request);
    }
    ByteBuffer answer = ByteBuffer.allocate(64 << 10);
    while (true) {
      if (channel.read(answer) < 0) {
        throw new EOFException(line);
      }
      String text = new String(answer.array(), 0, answer.position(), UTF_8);
      int end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(text);
        int wanted = length.find() ? Integer.parseInt(length.group(1)) : 0;
        if (answer.position() >= end + 4 + wanted) {
          return text;
        }
      }
    }
  }

  private static void warm(
      Path socket, String language, ContainerImage image, String init, List<Path> classes)
      throws Exception {
    Map<String, Object> input = Map.of("v", "x".repeat(1_000));
    String request = "{\"value\":{\"v\":\"" + "x".repeat(1_000) + "\"}}";
    try (DockerBackend backend = DockerBackend.builder().classPath(classes).build();
        Bare bare = new Bare(socket, image.name(), init, classes);
        Engine engine = Engine.connect(null);
        Meter meter = new ControlGroups(engine).meter(bare.id, false)) {
      ContainerFunction function = backend.function(image, Resources.NONE, "w");
      double[] plain = new double[WARM];
      double[] contained = new double[WARM];
      double[] look = new double[WARM];
      for (int i = -WARM; i < WARM; i++) {
        long start = System.nanoTime();
        bare.run(request);
        keep(plain, i, millis(start));
        start = System.nanoTime();
        function.apply(input, Calls.CONTEXT);
        keep(contained, i, millis(start));
        start = System.nanoTime();
        meter.sinceLast();
        keep(look, i, millis(start));
      }
      print("warm, 1 KB, " + language + ", plain request over the same socket", plain);
      print("warm, 1 KB, " + language + ", DockerBackend", contained);
      print("a look at what the container took", look);
    }
  }

  private static void print(String what, double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    OUT.println(String.format(
        Locale.ROOT, "%-60s %8.3f (%.3f)", what, sorted[sorted.length / 2], sorted[0]));
  }
}
