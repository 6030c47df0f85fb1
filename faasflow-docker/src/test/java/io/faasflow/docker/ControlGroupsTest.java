package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the kernel keeps its accounts of a container; lines as Debian 12 and 13 have them. */
class ControlGroupsTest {
  private static final String ID =
      "bd2a1c4e9c9c4c8ff8ee8b4f669bd6e17731dde6448e4357a2bb8acf58bc108c";
  private static final String OTHERS =
      "24 31 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw";

  @Test
  void versionTwo_withSystemd() {
    assertThat(ControlGroups.folder(
            "",
            List.of("0::/system.slice/docker-" + ID + ".scope"),
            List.of(
                OTHERS,
                "32 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:8 - cgroup2"
                    + " cgroup2 rw,nsdelegate,memory_recursiveprot")))
        .isEqualTo("/sys/fs/cgroup/system.slice/docker-" + ID + ".scope");
  }

  @Test
  void versionOne_withAVersionTwoThatHasNoControllers() {
    List<String> groups =
        List.of("4:memory:/docker/" + ID, "2:cpu,cpuacct:/docker/" + ID, "0::/docker/" + ID);
    List<String> mounts = List.of(
        OTHERS,
        "35 32 0:30 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
        "36 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
        "37 32 0:32 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw");
    assertThat(ControlGroups.folder("memory", groups, mounts))
        .isEqualTo("/sys/fs/cgroup/memory/docker/" + ID);
    assertThat(ControlGroups.folder("cpuacct", groups, mounts))
        .isEqualTo("/sys/fs/cgroup/cpu,cpuacct/docker/" + ID);
    assertThat(ControlGroups.folder("", groups, mounts))
        .isEqualTo("/sys/fs/cgroup/unified/docker/" + ID);
    assertThat(ControlGroups.folder("blkio", groups, mounts)).isNull();
  }

  @Test
  void part_ofTheTree_isAllThatIsMounted() {
    String mount = "9 8 0:27 /docker/host /sys/fs/cgroup ro,relatime - cgroup2 cgroup rw";
    assertThat(ControlGroups.folder("", List.of("0::/docker/host/docker/" + ID), List.of(mount)))
        .isEqualTo("/sys/fs/cgroup/docker/" + ID);
    assertThat(ControlGroups.folder("", List.of("0::/docker/" + ID), List.of(mount)))
        .as("outside of it")
        .isNull();
  }
}
