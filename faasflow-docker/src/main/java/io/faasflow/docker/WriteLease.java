package io.faasflow.docker;

import com.sun.jna.Native;
import java.nio.file.Path;

/**
 * Asks the kernel whether a file is open for writing anywhere, mapped memory included: only then it
 * refuses a read lease. The JDK has no such call.
 */
final class WriteLease {
  private static final int O_RDONLY = 0;
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_RDLCK = 0;
  private static final int F_UNLCK = 2;

  /** What is sent when a lease is broken; the default, SIGIO, would end the process. */
  private static final int SIGURG = 23;

  private WriteLease() {}

  /** The C library, loaded with the first call. */
  private static final class C {
    static {
      Native.register(C.class, "c");
    }

    private C() {}

    static native int open(String path, int flags);

    static native int fcntl(int descriptor, int command, int argument);

    static native int close(int descriptor);
  }

  /**
   * Whether surely nobody can write through what is open now. False also where it cannot be told: this
   * process neither owns the file nor is root, the file system has no leases, or JNA cannot be used.
   */
  static boolean hasNoWriter(Path file) {
    try {
      int descriptor = C.open(file.toString(), O_RDONLY);
      if (descriptor < 0) {
        return false;
      }
      try {
        boolean isLeased = C.fcntl(descriptor, F_SETSIG, SIGURG) == 0
            && C.fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0;
        return isLeased && C.fcntl(descriptor, F_SETLEASE, F_UNLCK) == 0;
      } finally {
        int ignored = C.close(descriptor);
      }
    } catch (
        @SuppressWarnings("unused")
        LinkageError e) {
      return false;
    }
  }
}
