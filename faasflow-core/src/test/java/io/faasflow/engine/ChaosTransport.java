package io.faasflow.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A transport at its worst, within its contract: messages come up to three times, in any order, and
 * as late as after the end of their run. Every message comes at least once.
 */
public final class ChaosTransport implements WorkerTransport {
  private record Parcel(String worker, Message message, int copies) {}

  private static final int KEPT_FOR_LATER = 64;

  private final Map<String, Consumer<Message>> receivers = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Parcel> pending = new ArrayList<>(); // guarded by lock
  private final List<Parcel> old = new ArrayList<>(); // guarded by lock: delivered, for repetition
  private final Random random; // guarded by lock
  private boolean closed; // guarded by lock
  private boolean delivering; // guarded by lock
  private long delivered; // guarded by lock
  private final Thread postman = new Thread(this::deliver, "chaos-postman");

  public ChaosTransport(long seed) {
    random = new Random(seed);
    postman.setDaemon(true);
    postman.start();
  }

  @Override
  public void register(String worker, Consumer<Message> receiver) {
    receivers.put(worker, receiver);
  }

  @Override
  public int send(String worker, Message message) {
    lock.lock();
    try {
      pending.add(new Parcel(worker, message, 1 + random.nextInt(3)));
      changed.signal();
      return 0;
    } finally {
      lock.unlock();
    }
  }

  private void deliver() {
    while (true) {
      Parcel parcel;
      lock.lock();
      try {
        delivering = false;
        while (pending.isEmpty() && !closed) {
          changed.awaitUninterruptibly();
        }
        if (pending.isEmpty()) {
          return;
        }
        if (!old.isEmpty() && random.nextInt(4) == 0) {
          parcel = old.get(random.nextInt(old.size())); // late, perhaps after its run
        } else {
          parcel = pending.remove(random.nextInt(pending.size()));
          if (parcel.copies > 1) {
            pending.add(new Parcel(parcel.worker, parcel.message, parcel.copies - 1));
          }
          if (old.size() < KEPT_FOR_LATER) {
            old.add(parcel);
          } else {
            old.set(random.nextInt(KEPT_FOR_LATER), parcel);
          }
        }
        delivering = true;
        delivered++;
      } finally {
        lock.unlock();
      }
      receivers.get(parcel.worker).accept(parcel.message);
    }
  }

  /** Waits until everything that was sent so far has been delivered in all its copies. */
  public void awaitQuiet() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      lock.lock();
      try {
        if (pending.isEmpty() && !delivering) {
          return;
        }
      } finally {
        lock.unlock();
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Messages are still on their way after 30 s");
      }
      Thread.onSpinWait();
    }
  }

  public long delivered() {
    lock.lock();
    try {
      return delivered;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      pending.clear();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
