package io.faasflow.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A foreach that is running. Its instances are taken by lanes: as many as may run at a time. A lane
 * goes on with the next item when its instance is done, so that frames exist only for instances that
 * run.
 *
 * <p>Each result is written by the lane that ran the instance, before it counts the instance as
 * done; who counts the last one reads all results.
 */
final class Loop extends Work {
  private static final long serialVersionUID = 1L;

  final transient Frame frame;
  final transient NodeCode code;
  private final transient Program body;
  private final transient @Nullable Object[] items;
  private final transient @Nullable Object[] results;
  private final AtomicInteger nextItem = new AtomicInteger();
  private final AtomicInteger remaining;
  private final int lanes;
  private final int mayFail; // -1: the first failure is that of the run
  private final AtomicInteger failures = new AtomicInteger();

  Loop(
      Frame frame,
      NodeCode code,
      Program body,
      @Nullable Object[] items,
      int concurrency,
      int mayFail) {
    this.frame = frame;
    this.code = code;
    this.body = body;
    this.items = items;
    this.results = new Object[items.length];
    this.remaining = new AtomicInteger(items.length);
    this.mayFail = mayFail;
    this.lanes = Math.min(items.length, concurrency);
  }

  boolean hasSeveralLanes() {
    return lanes > 1;
  }

  /** Opens a lane: its first item, or -1 when there are lanes enough, or no items left. */
  @Override
  int take() {
    if (isExhausted()) {
      return -1;
    }
    return getAndIncrement() < lanes ? next() : -1;
  }

  @Override
  boolean isExhausted() {
    return get() >= lanes || nextItem.get() >= items.length;
  }

  /** The next item of a lane, or -1 when there are none left. */
  int next() {
    if (nextItem.get() >= items.length) {
      return -1;
    }
    int item = nextItem.getAndIncrement();
    return item < items.length ? item : -1;
  }

  /** The frame of an instance; lets go of the item. */
  Frame instance(int index) {
    Object item = items[index];
    items[index] = null;
    Tolerated outer = frame.tolerated();
    Tolerated own = toleratesFailures() ? new Tolerated(outer) : outer;
    return new Frame(frame.run, body, frame, this, index, own, item);
  }

  boolean toleratesFailures() {
    return mayFail >= 0;
  }

  /** Counts a failure; false when that is one too many. */
  boolean mayFail() {
    return failures.incrementAndGet() <= mayFail;
  }

  /** Takes the result of an instance; true for the last one. */
  boolean done(int index, @Nullable Object result) {
    results[index] = result;
    return remaining.decrementAndGet() == 0;
  }

  /** The results in the order of the items; complete after {@link #done} gave true. */
  List<@Nullable Object> results() {
    List<@Nullable Object> list = Arrays.asList(results);
    return Collections.unmodifiableList(list);
  }

  /** How many instances are done. */
  int done() {
    return items.length - remaining.get();
  }

  int instances() {
    return items.length;
  }

  @Override
  void run(int piece, Drainer drainer) {
    drainer.execute(instance(piece), Program.START, false);
  }

  static @Nullable Object[] copy(Iterable<?> items) {
    if (items instanceof Collection<?> collection) {
      return collection.toArray();
    }
    List<@Nullable Object> list = new ArrayList<>();
    for (Object item : items) {
      list.add(item);
    }
    return list.toArray();
  }
}
