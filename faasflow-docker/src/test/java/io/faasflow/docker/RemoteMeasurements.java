package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.faasflow.container.ContainerFunction;
import io.faasflow.container.ContainerImage;
import io.faasflow.function.Resources;
import io.faasflow.store.Blob;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What it costs to reach containers by TCP, TLS and a relay instead of a Unix socket: one engine of its own
 * on this machine, both ways in turns. Prints medians and the best of all, in milliseconds. A main
 * program, for the guide's chapter; wants root.
 */
final class RemoteMeasurements {
  private static final int COLD = 15;
  private static final int WARM = 3_000;
  private static final int LARGE = 20;
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

  private RemoteMeasurements() {}

  /** Copies images of the engine of DOCKER_HOST. */
  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("ff");
    Authority authority = new Authority(folder);
    OwnEngine engine = new OwnEngine(
        folder.resolve("engine"), authority.sign("engine", "EC", "SAN=dns:localhost"));
    Certificates client = authority.sign("client", "EC", "EKU=clientAuth");
    try {
      engine.copyImages("faasflow/python", "faasflow/node", "faasflow/java");
      engine.build(
          "java-functions",
          Path.of(Functions.class
              .getProtectionDomain()
              .getCodeSource()
              .getLocation()
              .toURI()),
          Functions.DOCKERFILE);
      try (DockerBackend here = DockerBackend.builder()
              .dockerHost(engine.address())
              .maxContainersOfWorker(99)
              .build();
          DockerBackend there = DockerBackend.builder()
              .dockerHost(engine.tcpAddress())
              .tls(client.ca(), client.certificate(), client.key())
              .maxContainersOfWorker(99)
              .build()) {
        Map<String, ContainerImage> images = Map.of(
            "Python", Calls.python("def main(x): return x"),
            "Node.js", Calls.node("const main = (x) => x;"),
            "Java", ContainerImage.of("java-functions").withMain(Functions.Echo.class.getName()));
        for (String language : List.of("Python", "Node.js", "Java")) {
          ContainerImage image = images.get(language);
          cold(language, image, here, there);
          memory(language, engine);
          inTurns(
              language + ", warm call of 1 KB",
              WARM,
              image,
              Map.of("v", "x".repeat(1_000)),
              here,
              there);
        }
        inTurns(
            "Python, 5 MB of bytes, there and back",
            LARGE,
            images.get("Python"),
            Blob.of(new byte[5_000_000]),
            here,
            there);
      }
    } finally {
      engine.remove();
      for (Path left : FileTree.of(folder).sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(left);
      }
      Files.delete(folder);
    }
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private static void cold(
      String language, ContainerImage image, DockerBackend here, DockerBackend there)
      throws Exception {
    double[][] times = new double[2][COLD];
    for (int i = -3; i < COLD; i++) { // some to warm up
      // A variable of its own, so that no container that is there will do.
      ContainerImage another = image.withEnvironment(Map.of("NUMBER", String.valueOf(i)));
      List<DockerBackend> both = List.of(here, there);
      for (int way = 0; way < 2; way++) {
        long start = System.nanoTime();
        Calls.call(both.get(way), another, Map.of());
        keep(times[way], i, millis(start));
      }
    }
    print(language + ", cold", times);
  }

  /** The most memory of each container that was started, and is idle since. */
  private static void memory(String language, OwnEngine engine) throws Exception {
    double[][] megabytes = new double[2][0];
    try (Engine api = Engine.connect(engine.address())) {
      ControlGroups accounts = new ControlGroups(api);
      for (Engine.Labelled one : engine.containers()) {
        String facts = engine.inspect(one.id(), "{{.Config.Image}} {{len .Mounts}}");
        int way = facts.endsWith(" 0") ? 1 : 0;
        try (Meter meter = accounts.meter(one.id(), false)) {
          if (facts.contains(language.substring(0, 4).toLowerCase(Locale.ROOT))) {
            megabytes[way] = Arrays.copyOf(megabytes[way], megabytes[way].length + 1);
            megabytes[way][megabytes[way].length - 1] =
                meter.sinceLast().memoryPeakBytes().orElseThrow() / 1e6;
          }
        }
      }
    }
    print(language + ", megabytes of memory at most", megabytes);
  }

  private static void inTurns(
      String what,
      int count,
      ContainerImage image,
      Object input,
      DockerBackend here,
      DockerBackend there)
      throws Exception {
    List<ContainerFunction> both = List.of(
        here.function(image, Resources.NONE, "w"), there.function(image, Resources.NONE, "w"));
    double[][] times = new double[2][count];
    for (int i = -count; i < count; i++) {
      for (int way = 0; way < 2; way++) {
        long start = System.nanoTime();
        both.get(way).apply(input, Calls.CONTEXT);
        keep(times[way], i, millis(start));
      }
    }
    print(what, times);
  }

  private static void keep(double[] times, int index, double time) {
    if (index >= 0) {
      times[index] = time;
    }
  }

  private static void print(String what, double[][] times) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-40s", what));
    for (double[] way : times) {
      double[] sorted = way.clone();
      Arrays.sort(sorted);
      line.append(
          String.format(Locale.ROOT, " %9.3f (%.3f)", sorted[sorted.length / 2], sorted[0]));
    }
    OUT.println(line);
  }
}
