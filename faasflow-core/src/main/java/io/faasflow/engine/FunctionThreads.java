package io.faasflow.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that functions run on: virtual ones where the platform has them (Java 21 and later), a
 * bounded pool of platform threads elsewhere. One artifact serves both: the newer API is looked up
 * once, when the threads are made; afterwards there is only a plain {@link ThreadFactory}.
 */
public final class FunctionThreads implements Executor, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FunctionThreads.class);

  private static final long IDLE_SECONDS = 30;

  private final Executor executor;
  private final Runnable shutdown;
  private final @Nullable ThreadPoolExecutor pool; // null: virtual threads
  private final @Nullable SpareThreads spare; // where threads are virtual
  private volatile boolean closed;

  private FunctionThreads(Executor executor, Runnable shutdown, @Nullable ThreadPoolExecutor pool) {
    this.executor = executor;
    this.shutdown = shutdown;
    this.pool = pool;
    this.spare = pool == null ? new SpareThreads(this) : null;
  }

  /** A thread of a pool, which can tell whose it is. */
  private static final class PoolThread extends Thread {
    private final AtomicReference<@Nullable FunctionThreads> owner;

    PoolThread(Runnable task, String name, AtomicReference<@Nullable FunctionThreads> owner) {
      super(task, name);
      this.owner = owner;
      setDaemon(true);
    }
  }

  /**
   * The best threads that this platform has.
   *
   * @param platformThreads how many threads the pool may have where there are no virtual threads
   */
  public static FunctionThreads best(int platformThreads) {
    return Runtime.version().feature() >= 21 ? virtual() : platform(platformThreads);
  }

  /** A pool of at most so many platform threads, which end when they have been idle for a while. */
  public static FunctionThreads platform(int threads) {
    AtomicLong count = new AtomicLong();
    AtomicReference<@Nullable FunctionThreads> owner = new AtomicReference<>();
    // Measured against a ForkJoinPool of the same size: half the time per function in a layered
    // graph, since idle workers there scan the queues of all others.
    ThreadPoolExecutor pool = new ThreadPoolExecutor(
        threads,
        threads,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> new PoolThread(task, "faasflow-" + count.incrementAndGet(), owner));
    pool.allowCoreThreadTimeOut(true);
    FunctionThreads made = new FunctionThreads(pool, pool::shutdown, pool);
    owner.set(made);
    return made;
  }

  private static FunctionThreads virtual() {
    ThreadFactory factory = virtualThreadFactory();
    return new FunctionThreads(task -> factory.newThread(task).start(), () -> {}, null);
  }

  /** {@code Thread.ofVirtual().name("faasflow-", 1).factory()}, in words that Java 17 can compile. */
  private static ThreadFactory virtualThreadFactory() {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> builder = Class.forName("java.lang.Thread$Builder");
      Class<?> ofVirtual = Class.forName("java.lang.Thread$Builder$OfVirtual");
      MethodHandle make =
          lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(ofVirtual));
      MethodHandle name = lookup.findVirtual(
          ofVirtual, "name", MethodType.methodType(ofVirtual, String.class, long.class));
      MethodHandle factory =
          lookup.findVirtual(builder, "factory", MethodType.methodType(ThreadFactory.class));
      return (ThreadFactory) factory.invoke(name.invoke(make.invoke(), "faasflow-", 1L));
    } catch (Throwable e) {
      throw new IllegalStateException(
          "Java " + Runtime.version() + " should have virtual threads but has not", e);
    }
  }

  /** Ends the stand-in for a thread that waited. */
  public interface StandIn extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Lets another thread be at work while the calling one waits for a run: or functions that run
   * workflows and wait for them could take all threads, and their runs would wait for a thread
   * forever. Does nothing for other threads, and where threads are virtual.
   */
  public StandIn standIn() {
    ThreadPoolExecutor own = pool;
    if (own == null
        || !(Thread.currentThread() instanceof PoolThread thread)
        || thread.owner.get() != this) {
      return () -> {};
    }
    resize(own, 1);
    return () -> resize(own, -1);
  }

  boolean isClosed() {
    return closed;
  }

  /** What stands in for virtual threads that are lost; null where there are none. */
  @Nullable
  SpareThreads spare() {
    return spare;
  }

  /** Lets another thread of the pool be at work in place of one that is lost, until it is found again. */
  StandIn standInForLost() {
    ThreadPoolExecutor own = pool;
    if (own == null) {
      return () -> {};
    }
    resize(own, 1);
    return () -> resize(own, -1);
  }

  private static void resize(ThreadPoolExecutor pool, int change) {
    synchronized (pool) {
      int size = pool.getCorePoolSize() + change;
      if (change > 0) {
        pool.setMaximumPoolSize(size);
        grow(pool, size);
      } else {
        pool.setCorePoolSize(size);
        pool.setMaximumPoolSize(size);
      }
    }
  }

  private static void grow(ThreadPoolExecutor pool, int size) {
    try {
      pool.setCorePoolSize(size);
    } catch (RuntimeException | Error e) {
      // It has its size by then, and tries again with the next task. Who calls is ending an
      // attempt or a run, which has to go on.
      LOG.error("No thread could be started in place of one that a function keeps", e);
    }
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Accepts no more; threads end when what they run has ended. A second call does nothing. */
  @Override
  public void close() {
    closed = true;
    shutdown.run();
  }
}
