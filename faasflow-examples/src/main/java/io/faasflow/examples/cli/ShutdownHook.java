package io.faasflow.examples.cli;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Interrupts that come as signals, which the JVM answers by shutting down: the action is called,
 * and the shutdown waits until the program has said what it has to say. Thread-safe.
 *
 * <p>The exit code is the JVM's: 128 and the number of the signal, so 130 for Ctrl-C.
 */
final class ShutdownHook implements Interrupts {
  private static final long PATIENCE_SECONDS = 10;

  private final AtomicReference<Optional<Runnable>> action =
      new AtomicReference<>(Optional.empty());
  private final CountDownLatch said = new CountDownLatch(1);

  private ShutdownHook() {}

  static ShutdownHook install() {
    ShutdownHook hook = new ShutdownHook();
    Runtime.getRuntime().addShutdownHook(new Thread(hook::shutDown, "faasflow-shutdown"));
    return hook;
  }

  @Override
  public Registration onInterrupt(Runnable newAction) {
    Optional<Runnable> mine = Optional.of(newAction);
    action.set(mine);
    return new Registered(mine);
  }

  /** Takes its own action away, and no later one. */
  private final class Registered implements Registration {
    private final Optional<Runnable> mine;

    Registered(Optional<Runnable> mine) {
      this.mine = mine;
    }

    @Override
    public void close() {
      action.compareAndSet(mine, Optional.empty());
    }
  }

  /** Says that the program has nothing more to write. */
  void everythingIsSaid() {
    said.countDown();
  }

  private void shutDown() {
    Optional<Runnable> current = action.get();
    if (current.isEmpty()) {
      return; // the program ended by itself, or nothing is going on that could be stopped
    }
    current.get().run();
    try {
      if (!said.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("faasflow: a function does not stop; leaving it behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody does this to a shutdown hook; then stop waiting
    }
  }
}
