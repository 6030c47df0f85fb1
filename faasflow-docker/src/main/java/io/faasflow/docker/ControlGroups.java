package io.faasflow.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the kernel's accounts of containers: the files of their control groups, of either version. The
 * engine's own statistics are the same figures, but take it 7 ms to a second for each look. Thread-safe.
 *
 * <p>Where an engine puts the groups is learnt from the first container, so that later starts need not
 * ask it.
 */
final class ControlGroups {
  private static final Logger LOG = LoggerFactory.getLogger(ControlGroups.class);
  private static final Path PROC = Path.of("/proc");
  private static final String ID = "{id}";
  private static final int MOST_FAILURES = 3;

  /**
   * The files of a container, with {@link #ID} for its id.
   *
   * @param cpu how much CPU time its processes took
   * @param memoryPeak the most memory that they had
   * @param processes their numbers
   */
  private record Layout(String cpu, String memoryPeak, String processes) {}

  private final Engine engine;
  private volatile @Nullable Layout layout;
  private final AtomicInteger failures = new AtomicInteger(); // to learn it

  ControlGroups(Engine engine) {
    this.engine = engine;
  }

  /**
   * What measures a container that runs; null where the accounts of this engine's containers cannot be
   * read here.
   *
   * @param network whether it has one
   */
  @Nullable
  Meter meter(String id, boolean network) {
    try {
      Layout known = layout;
      if (known == null) {
        if (failures.get() >= MOST_FAILURES) {
          return null;
        }
        known = learn(id);
        layout = known;
      }
      return open(known, id, network);
    } catch (IOException | RuntimeException e) { // or the container has ended by now
      if (layout == null && failures.incrementAndGet() == MOST_FAILURES) {
        LOG.info("What containers take cannot be read on this machine: {}", e.toString());
      }
      return null;
    }
  }

  private Layout learn(String id) throws IOException {
    Engine.State state = engine.state(id);
    OptionalLong pid = state == null ? OptionalLong.empty() : state.pid();
    if (pid.isEmpty()) {
      throw new IOException("the engine does not say which process a container is");
    }
    List<String> groups = Files.readAllLines(PROC.resolve(pid.getAsLong() + "/cgroup"));
    List<String> mounts =
        Files.readAllLines(PROC.resolve("self/mountinfo"), StandardCharsets.ISO_8859_1);
    String memory = folder("memory", groups, mounts);
    if (memory != null) {
      String cpu = folder("cpuacct", groups, mounts);
      if (cpu == null) {
        throw new IOException("the control group of CPU time is not mounted");
      }
      return layout(id, cpu + "/cpuacct.usage", memory + "/memory.max_usage_in_bytes", memory);
    }
    String unified = folder("", groups, mounts);
    if (unified == null) {
      throw new IOException("no control groups are mounted");
    }
    return layout(id, unified + "/cpu.stat", unified + "/memory.peak", unified);
  }

  private static Layout layout(String id, String cpu, String memoryPeak, String folder)
      throws IOException {
    if (!folder.contains(id)) {
      throw new IOException("the control group of a container is not named after it: " + folder);
    }
    return new Layout(
        cpu.replace(id, ID), memoryPeak.replace(id, ID), folder.replace(id, ID) + "/cgroup.procs");
  }

  /**
   * The folder of a process's group; null: there is none here.
   *
   * @param controller of version 1; empty: version 2, which has one tree for all
   * @param groups lines such as {@code 4:cpu,cpuacct:/docker/1f3a}, or {@code 0::/docker/1f3a}
   * @param mounts lines such as {@code 35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory}
   */
  static @Nullable String folder(String controller, List<String> groups, List<String> mounts) {
    String type = controller.isEmpty() ? "cgroup2" : "cgroup";
    for (String group : groups) {
      String[] parts = group.split(":", 3);
      if (parts.length != 3 || !List.of(parts[1].split(",", -1)).contains(controller)) {
        continue;
      }
      for (String mount : mounts) {
        String[] fields = mount.split(" ", -1);
        int dash = List.of(fields).indexOf("-");
        if (dash < 5 || fields.length < dash + 4 || !fields[dash + 1].equals(type)) {
          continue;
        }
        boolean fits =
            controller.isEmpty() || List.of(fields[dash + 3].split(",", -1)).contains(controller);
        String root = fields[3].equals("/") ? "" : fields[3];
        if (fits && parts[2].startsWith(root + "/")) {
          return fields[4] + parts[2].substring(root.length());
        }
      }
    }
    return null;
  }

  private static Meter open(Layout layout, String id, boolean network) throws IOException {
    Path traffic = null;
    if (network) {
      // Each process sees the devices of its own network name space.
      List<String> processes = Files.readAllLines(Path.of(layout.processes().replace(ID, id)));
      traffic = processes.isEmpty() ? null : PROC.resolve(processes.get(0) + "/net/dev");
    }
    Path peak =
        Path.of(layout.memoryPeak().replace(ID, id)); // kernels before 5.19 lack that of version 2
    return Meter.open(
        Path.of(layout.cpu().replace(ID, id)), Files.exists(peak) ? peak : null, traffic);
  }
}
