package io.faasflow.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.Ulimit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a new container is given: as little as a function needs. Immutable.
 *
 * @param folder what is mounted for its socket; null: it has a folder of its own for that
 * @param mailbox how files get in and out; null: they do not
 * @param filesFrom from how many bytes on its values should be files
 * @param classPath what of the host's classes it sees, if it runs Java
 */
record ContainerOrder(
    String name,
    FunctionSpec spec,
    Engine.ImageFacts facts,
    @Nullable Path folder,
    @Nullable Mailbox mailbox,
    int filesFrom,
    List<Path> classPath,
    Sizes.Size size,
    int processes,
    Map<String, String> labels) {
  static final String SOCKET_VARIABLE = "FAASFLOW_SOCKET";
  static final String SOCKET_NAME = "function.sock";

  /** Where the folder is in the container. */
  static final String MOUNT_POINT = "/run/faasflow";

  private static final String CLASSES = "/faasflow/app";
  private static final String IN_VARIABLE = "FAASFLOW_IN";
  private static final String OUT_VARIABLE = "FAASFLOW_OUT";
  private static final String FILES_FROM_VARIABLE = "FAASFLOW_FILES_FROM";

  /** What it may take and do. */
  HostConfig host() {
    long memory = size.memoryBytes();
    Map<String, String> inMemory = new HashMap<>();
    inMemory.put("/tmp", "rw,nosuid,nodev,mode=1777,size=" + memory / 2);
    if (folder == null && facts.speaksSocket()) {
      inMemory.put(MOUNT_POINT, "rw,nosuid,nodev,noexec,mode=1777,size=64k");
    }
    return HostConfig.newHostConfig()
        .withMemory(memory)
        .withMemorySwap(memory) // the same: no swap
        .withNanoCPUs(size.nanoCpus())
        .withPidsLimit((long) processes)
        // A buffer that is fixed in io_uring could change a file that nobody has open or mapped.
        .withUlimits(List.of(new Ulimit("memlock", 0L, 0L)))
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges"))
        .withReadonlyRootfs(true)
        .withTmpFs(inMemory)
        .withIpcMode("private")
        .withLogConfig(new LogConfig(
            LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "1m", "max-file", "2")))
        .withMounts(mounts());
  }

  /** Variables, as {@code NAME=VALUE}. */
  List<String> environment() {
    List<String> environment = new ArrayList<>();
    spec.image().environment().forEach((key, value) -> environment.add(key + "=" + value));
    if (facts.speaksSocket()) {
      environment.add(SOCKET_VARIABLE + "=" + MOUNT_POINT + "/" + SOCKET_NAME);
    }
    if (mailbox != null) {
      environment.add(IN_VARIABLE + "=" + Mailbox.IN);
      environment.add(OUT_VARIABLE + "=" + Mailbox.OUT);
      environment.add(FILES_FROM_VARIABLE + "=" + filesFrom);
    }
    return environment;
  }

  private List<Mount> mounts() {
    List<Mount> mounts = new ArrayList<>();
    if (folder != null) {
      mounts.add(mount(folder, MOUNT_POINT));
    }
    if (mailbox != null) {
      mounts.add(mount(mailbox.in(), Mailbox.IN).withReadOnly(true));
      mounts.add(mount(mailbox.out(), Mailbox.OUT));
    }
    if (facts.runsJava()) {
      for (int i = 0; i < classPath.size(); i++) {
        Path entry = classPath.get(i);
        mounts.add(mount(entry, CLASSES + "/" + i + "-" + entry.getFileName()).withReadOnly(true));
      }
    }
    return mounts;
  }

  /** A folder or file of the engine's machine at a path in the container. */
  static Mount mount(Path source, String target) {
    return new Mount().withType(MountType.BIND).withSource(source.toString()).withTarget(target);
  }
}
