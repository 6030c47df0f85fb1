package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Map;

/** A host whose process is killed: has a file, a container idle and one at work, says so, and waits. */
final class HostToKill {
  private HostToKill() {}

  /** Takes the folder of the backend. */
  public static void main(String[] args) throws Exception {
    DockerBackend backend = DockerBackend.builder()
        .folder(Path.of(args[0]))
        .diskFolder(Path.of(args[0]))
        .build();
    Object file = Calls.call(backend, Calls.python("""
        import os
        def main(x):
            if os.path.isdir("/faasflow/out"):  # not where the engine is on another machine
                os.mkdir("/faasflow/out/folder", 0o700)
                open("/faasflow/out/folder/file", "w").close()
            return b'x' * (1 << 20)
        """), 1);
    Calls.rogue(backend, "well");
    Thread busy = new Thread(() -> {
      try {
        Calls.call(backend, Calls.ROGUE, Map.of("way", "hang"));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    busy.start();
    new PrintStream(System.out, true, UTF_8).println("ready");
    try {
      busy.join();
    } finally {
      Reference.reachabilityFence(file);
    }
  }
}
