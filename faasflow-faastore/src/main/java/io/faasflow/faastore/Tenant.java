package io.faasflow.faastore;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.faasflow.store.WorkerStore.FunctionShare;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The outputs of one workflow in the memory of one worker. Thread-safe.
 *
 * <p>Two things count bytes. {@code used} is exact at any time: whoever wants room takes it first, by
 * compare-and-set, and gives it back when the reference is gone. The cache decides who has to leave when the
 * quota shrinks. It never holds more than {@code used} counts: an output enters it after it was counted
 * and leaves it before it is discounted; so it evicts nobody as long as the quota stays.
 */
final class Tenant {
  private final MemoryQuota rule;
  private final FunctionMemory seen;
  private final AtomicLong used = new AtomicLong();
  private final AtomicLong usedOfWorker;
  private final long limitOfWorker;
  private final Cache<Cell, Boolean> cache;
  private final Map<String, List<FunctionShare>> deployments = new ConcurrentHashMap<>();
  private volatile long quota;

  Tenant(MemoryQuota rule, FunctionMemory seen, AtomicLong usedOfWorker, long limitOfWorker) {
    this.rule = rule;
    this.seen = seen;
    this.usedOfWorker = usedOfWorker;
    this.limitOfWorker = limitOfWorker;
    this.quota = rule.bytes(List.of(), seen);
    this.cache = Caffeine.newBuilder()
        .maximumWeight(quota)
        .weigher((Cell cell, Boolean any) -> (int) cell.countedBytes())
        // Evictions happen on the thread that causes them, so that none is late.
        .executor(Runnable::run)
        .evictionListener((cell, any, cause) -> {
          if (cell != null) {
            cell.leave();
          }
        })
        .build();
  }

  void deploy(String deployment, List<FunctionShare> functions) {
    deployments.put(deployment, List.copyOf(functions));
    computeQuota();
  }

  /** Whether no deployment is left. */
  boolean undeploy(String deployment) {
    boolean known = deployments.remove(deployment) != null;
    if (known && !deployments.isEmpty()) {
      computeQuota();
    }
    return known && deployments.isEmpty();
  }

  boolean uses(String function) {
    return deployments.values().stream()
        .anyMatch(all -> all.stream().anyMatch(share -> share.function().equals(function)));
  }

  /** Two deployments are two plans of one workflow, and share what the functions are given. */
  void computeQuota() {
    long most = deployments.values().stream()
        .mapToLong(functions -> rule.bytes(functions, seen))
        .max()
        .orElseGet(() -> rule.bytes(List.of(), seen));
    quota = most;
    cache.policy().eviction().ifPresent(eviction -> eviction.setMaximum(most));
  }

  long quota() {
    return Math.min(quota, limitOfWorker);
  }

  long used() {
    return used.get();
  }

  /** Takes room if there is enough. */
  boolean admit(long bytes) {
    if (!take(used, bytes, quota)) {
      return false;
    }
    if (take(usedOfWorker, bytes, limitOfWorker)) {
      return true;
    }
    used.addAndGet(-bytes);
    return false;
  }

  private static boolean take(AtomicLong counter, long bytes, long limit) {
    long now = counter.get();
    while (now + bytes <= limit || bytes == 0) {
      long found = counter.compareAndExchange(now, now + bytes);
      if (found == now) {
        return true;
      }
      now = found;
    }
    return false;
  }

  /** Counts what has nowhere else to be, for the moment at least. */
  void force(long bytes) {
    used.addAndGet(bytes);
    usedOfWorker.addAndGet(bytes);
  }

  void discount(long bytes) {
    used.addAndGet(-bytes);
    usedOfWorker.addAndGet(-bytes);
  }

  /** An output that was admitted is there. It can be made to leave, if its size is one that can be weighed. */
  void entered(Cell cell) {
    long bytes = cell.countedBytes();
    if (bytes > 0 && bytes <= Integer.MAX_VALUE) {
      cache.put(cell, true);
    }
  }

  void exits(Cell cell) {
    cache.invalidate(cell);
  }
}
