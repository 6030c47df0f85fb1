package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerCapacityException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.Resources;
import io.faasflow.run.RunId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who gets which container, with an engine that is none. */
@Timeout(60)
class WorkerContainersTest {
  private static final FunctionSpec A = spec("a");
  private static final FunctionSpec B = spec("b");

  private static FunctionSpec spec(String image) {
    return new FunctionSpec(ContainerImage.of(image), Resources.NONE);
  }

  /** Makes containers of names that count up, when the test says so. */
  private static final class Steps implements WorkerContainers.Source {
    final Queue<Runnable> work = new ConcurrentLinkedQueue<>();
    final List<String> removed = new ArrayList<>();
    int made;
    boolean broken;
    Runnable duringStart = () -> {};

    @Override
    public Container start(FunctionSpec spec) {
      duringStart.run();
      if (broken) {
        throw new ContainerStartException(spec.image().name(), "broken", "", null);
      }
      return new Container(spec.image().name() + ++made, Path.of("none"), null, null, null, null);
    }

    @Override
    public void remove(Container container) {
      removed.add(container.id());
    }

    void runAll() {
      while (!work.isEmpty()) {
        work.poll().run();
      }
    }
  }

  /** Goes on when the test says so. */
  private static final class Time implements WorkerContainers.Timer {
    private record Alarm(long at, Runnable task) {}

    private final Queue<Alarm> alarms =
        new PriorityBlockingQueue<>(11, Comparator.comparingLong(Alarm::at));
    private final AtomicLong elapsed = new AtomicLong();

    @Override
    public long nanoTime() {
      return Long.MAX_VALUE - 50_000_000 + elapsed.get(); // passes the end of all numbers
    }

    @Override
    public void after(long nanos, Runnable task) {
      alarms.add(new Alarm(elapsed.get() + nanos, task));
    }

    void pass(long millis) {
      long end = elapsed.get() + millis * 1_000_000;
      while (!alarms.isEmpty() && alarms.peek().at() <= end) {
        Alarm next = alarms.remove();
        elapsed.set(next.at());
        next.task().run();
      }
      elapsed.set(end);
    }
  }

  private final Steps steps = new Steps();
  private final Time time = new Time();
  private final WorkerContainers containers =
      new WorkerContainers("w", 2, 3, steps, steps.work::add, time);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    timer.shutdownNow();
  }

  private static long in(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  /** A call that waits, for certain: it has asked for all that it asks for. */
  private Future<Container> waiting(FunctionSpec spec) {
    return waiting(containers, spec);
  }

  private Future<Container> waiting(WorkerContainers of, FunctionSpec spec) {
    AtomicReference<Thread> caller = new AtomicReference<>();
    Future<Container> call = threads.submit(() -> {
      caller.set(Thread.currentThread());
      return of.acquire(spec, in(Duration.ofSeconds(30)));
    });
    while (caller.get() == null || caller.get().getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    return call;
  }

  private int waiters() {
    return containers.counts().stream().mapToInt(ContainerCounts::waiting).sum();
  }

  private Container got(Future<Container> call) throws Exception {
    return call.get(10, TimeUnit.SECONDS);
  }

  @Test
  void acquire_idleOnes_takesTheMostRecentlyUsed() throws Exception {
    Future<Container> first = waiting(A);
    Future<Container> second = waiting(A);
    steps.runAll();
    Container one = got(first);
    Container two = got(second);
    assertThat(one).isNotSameAs(two);
    containers.release(A, one);
    containers.release(A, two);
    assertThat(containers.acquire(A, 0)).isSameAs(two);
    assertThat(containers.acquire(A, 0)).isSameAs(one);
  }

  @Test
  void release_whileACallWaits_servesItBeforeItsStart() throws Exception {
    Future<Container> first = waiting(A);
    steps.runAll();
    Future<Container> second = waiting(A); // its start is under way
    containers.release(A, got(first));
    assertThat(got(second)).isSameAs(got(first));
    steps.runAll();
    assertThat(containers.counts().get(0).idle()).isEqualTo(1);
  }

  @Test
  void limitOfTheWorker_makesRoomByTheIdleOneThatIsOldest() throws Exception {
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    Future<Container> three = waiting(B);
    steps.runAll();
    containers.release(A, got(one));
    containers.release(A, got(two));
    Future<Container> four = waiting(B);
    steps.runAll();
    assertThat(steps.removed).containsExactly(got(one).id());
    assertThat(got(four)).isNotSameAs(got(three));
  }

  @Test
  void release_whileAnotherPoolWaitsForRoom_makesIt() throws Exception {
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    Future<Container> three = waiting(B);
    steps.runAll();
    Future<Container> four = waiting(spec("c"));
    steps.runAll();
    assertThat(four.isDone()).as("the worker is full").isFalse();
    containers.release(A, got(two));
    steps.runAll();
    assertThat(got(four).id()).startsWith("c");
    assertThat(steps.removed).containsExactly(got(two).id());
    assertThat(List.of(got(one), got(three))).hasSize(2);
  }

  @Test
  void release_whileAnotherPoolHasNothingAndWaitsLonger_givesWay() throws Exception {
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    Future<Container> three = waiting(B);
    steps.runAll();
    Future<Container> starving = waiting(spec("c"));
    Future<Container> later = waiting(A);
    containers.release(A, got(one));
    steps.runAll();
    assertThat(got(starving).id()).startsWith("c");
    assertThat(later.isDone()).isFalse();
    containers.release(A, got(two));
    assertThat(got(later)).isSameAs(got(two));
    assertThat(got(three).id()).startsWith("b");
    assertThat(containers.counts()).allMatch(count -> count.lost() == 0);
  }

  @Test
  void release_whileACallOfAnotherPoolWaitsForManyStarts_givesWay() throws Exception {
    Future<Container> long1 = waiting(B); // and it goes on
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    time.pass(100);
    steps.runAll();
    Future<Container> starving = waiting(B);
    int rounds = 0;
    while (!starving.isDone() && rounds < 30) {
      Future<Container> next = waiting(A);
      time.pass(100);
      containers.release(A, got(one)); // which is the next one's now, or has made room
      one = two;
      two = next;
      steps.runAll();
      rounds++;
    }
    assertThat(rounds).as("ten starts, of 110 ms with the tolerance").isBetween(11, 14);
    assertThat(got(starving).id()).startsWith("b").isNotEqualTo(got(long1).id());
  }

  @Test
  void discard_ofADeadOne_startsAnotherForWhoWaits() throws Exception {
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    steps.runAll();
    Future<Container> three = waiting(A);
    steps.runAll();
    assertThat(three.isDone()).as("two is the limit").isFalse();
    containers.discard(A, got(one));
    steps.runAll();
    assertThat(got(three)).isNotIn(got(one), got(two));
    assertThat(containers.counts().get(0).lost()).isEqualTo(1);
  }

  @Test
  void startThatFails_failsOneCallAndNoMore() throws Exception {
    steps.broken = true;
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    Runnable first = steps.work.poll();
    Runnable second = steps.work.poll();
    first.run();
    assertThatThrownBy(() -> got(one)).hasCauseInstanceOf(ContainerStartException.class);
    assertThat(two.isDone()).isFalse();
    steps.broken = false;
    second.run();
    assertThat(got(two).id()).isEqualTo("a1");
  }

  @Test
  void acquire_pastItsDeadline_leavesTheQueue() throws Exception {
    assertThatThrownBy(() -> containers.acquire(A, in(Duration.ofMillis(20))))
        .isInstanceOf(ContainerCapacityException.class)
        .hasMessageContainingAll("image 'a'", "maxContainersOfFunction");
    assertThat(waiters()).isZero();
    steps.runAll();
    assertThat(containers.counts().get(0).idle()).as("what was started is kept").isEqualTo(1);
  }

  @Test
  void acquire_interrupted_leavesTheQueue() throws Exception {
    Future<Container> one = waiting(A);
    one.cancel(true);
    while (waiters() > 0) {
      Thread.onSpinWait();
    }
    steps.runAll();
    assertThat(containers.acquire(A, 0).id()).isEqualTo("a1");
  }

  @Test
  void start_afterTheEnd_isNotMade() {
    containers.prewarm(A, coming(1, "t", 1));
    containers.close();
    steps.runAll();
    assertThat(steps.made).isZero();
    assertThat(containers.awaitEmpty(in(Duration.ZERO))).isTrue();
  }

  private static ComingCalls coming(long run, String task, int atOnce) {
    return new ComingCalls(new RunId(0, run), task, List.of(), atOnce);
  }

  /** The call of a task that is, or is not, one of those that were told of. */
  private static FunctionContext call(long run, String task, Integer... instance) {
    return new Calls.Context(new RunId(0, run), task, List.of(instance));
  }

  @Test
  void prewarm_startsOneForEachCallThatIsToldOf() throws Exception {
    WorkerContainers many = new WorkerContainers("w", 5, 9, steps, steps.work::add, time);
    many.prewarm(A, coming(1, "left", 1));
    many.prewarm(A, coming(1, "right", 1));
    assertThat(steps.work).hasSize(2);
    many.prewarm(A, coming(1, "right", 1)); // another task runs before it as well
    assertThat(steps.work).as("told again").hasSize(2);
    many.prewarm(A, coming(2, "left", 1));
    assertThat(steps.work).as("another run").hasSize(3);
    steps.runAll();
    many.came(A, call(1, "left"));
    many.acquire(A, 0);
    many.prewarm(A, coming(3, "each", 2));
    steps.runAll();
    assertThat(many.counts().get(0).idle())
        .as("for right, left of 2, and two instances")
        .isEqualTo(4);
    many.prewarm(A, coming(4, "each", 1_000_000_000));
    many.prewarm(A, coming(5, "each", Integer.MAX_VALUE));
    assertThat(steps.work).as("five is the limit").isEmpty();
  }

  @Test
  void prewarm_whereTheCallsHaveCome_startsNone() throws Exception {
    WorkerContainers many = new WorkerContainers("w", 5, 9, steps, steps.work::add, time);
    many.prewarm(A, coming(1, "t", 2));
    steps.runAll();
    for (int i = 0; i < 20; i++) { // more than were expected
      many.came(A, call(1, "t", i));
      many.release(A, many.acquire(A, 0));
    }
    many.prewarm(A, coming(1, "after", 1));
    many.prewarm(A, coming(2, "t", 1));
    assertThat(steps.work).isEmpty();
  }

  @Test
  void prewarm_ofARunThatEnds_isForgotten() throws Exception {
    containers.prewarm(A, coming(1, "t", 1));
    containers.prewarm(A, coming(2, "t", 1));
    steps.runAll();
    containers.ended(new RunId(0, 1));
    containers.prewarm(A, coming(3, "t", 1));
    assertThat(steps.work).as("two calls, two containers").isEmpty();
    Container one = containers.acquire(A, 0);
    Container two = containers.acquire(A, 0);
    containers.discard(A, one);
    containers.discard(A, two);
    steps.runAll();
    containers.prewarm(A, coming(4, "t", 1));
    assertThat(steps.work).as("of runs 2, 3 and 4, up to the limit").hasSize(2);
  }

  @Test
  void prewarm_thatComesAfterItsRun_isForgottenInTheEnd() throws Exception {
    containers.prewarm(A, coming(1, "t", 2));
    steps.runAll();
    time.pass(60);
    containers.removeIdle(Duration.ofMillis(60), Set.of());
    steps.runAll();
    assertThat(steps.removed).hasSize(2);
    containers.prewarm(A, coming(2, "t", 1));
    assertThat(steps.work).hasSize(1);
  }

  @Test
  void prewarm_thatComesToNothingWhileItsRunGoesOn_isForgottenInTheEnd() throws Exception {
    for (int i = 0; i < 10; i++) { // instances that fail before they call it
      containers.prewarm(A, new ComingCalls(new RunId(0, 1), "t", List.of(i), 1));
    }
    steps.runAll();
    time.pass(50);
    containers.prewarm(A, new ComingCalls(new RunId(0, 1), "t", List.of(10), 1));
    time.pass(10);
    containers.removeIdle(Duration.ofMillis(60), Set.of());
    steps.runAll();
    assertThat(steps.removed).hasSize(2);
    containers.came(A, call(1, "t", 10));
    containers.prewarm(A, coming(1, "after", 1));
    assertThat(steps.work).as("for the only call that is to come").hasSize(1);
  }

  @Test
  void prewarm_ofVeryManyTasksOfARun_takesNoLongerForTheLast() throws Exception {
    for (int i = 0; i < 150_000; i++) {
      containers.prewarm(A, coming(1, "t" + i, 1));
    }
    assertThat(steps.work).as("two is the limit").hasSize(2);
    for (int i = 0; i < 149_999; i++) {
      containers.came(A, call(1, "t" + i));
    }
    steps.runAll();
    containers.discard(A, containers.acquire(A, 0));
    steps.runAll();
    containers.prewarm(A, coming(2, "t", 1));
    assertThat(steps.work).as("for the last of run 1, or for run 2").hasSize(1);
  }

  @Test
  void pool_thatNobodyUses_isForgottenWhenItIsEmpty() throws Exception {
    Duration keepAlive = Duration.ofMillis(60);
    Future<Container> call = waiting(A);
    steps.runAll();
    containers.prewarm(B, coming(1, "t", 1));
    steps.runAll();
    time.pass(60);
    containers.removeIdle(keepAlive, Set.of());
    assertThat(containers.counts())
        .as("one is at work, the other being removed")
        .hasSize(2);
    steps.runAll();
    containers.release(A, got(call));
    time.pass(59);
    containers.removeIdle(keepAlive, Set.of());
    assertThat(containers.counts()).hasSize(2);
    time.pass(1);
    containers.removeIdle(keepAlive, Set.of());
    assertThat(containers.counts()).extracting(ContainerCounts::image).containsExactly("a");
    steps.runAll();
    assertThat(containers.needsHousekeeping()).isTrue();
    time.pass(60);
    containers.removeIdle(keepAlive, Set.of());
    assertThat(containers.needsHousekeeping()).isFalse();
    containers.prewarm(A, coming(1, "t", 1));
    steps.runAll();
    assertThat(containers.acquire(A, 0).id()).isEqualTo("a3");
  }

  @Test
  void removeIdle_takesTheOldAndTheDead() throws Exception {
    Future<Container> one = waiting(A);
    Future<Container> two = waiting(A);
    steps.runAll();
    containers.release(A, got(one));
    containers.release(A, got(two));
    containers.removeIdle(Duration.ofHours(1), Set.of(got(one).id()));
    steps.runAll();
    assertThat(steps.removed).containsExactly(got(one).id());
    containers.removeIdle(Duration.ZERO, Set.of());
    steps.runAll();
    assertThat(steps.removed).hasSize(2);
    assertThat(containers.counts().get(0).lost()).isEqualTo(1);
  }

  @Test
  void close_failsWhoWaitsAndRemovesTheRestWhenItComesBack() throws Exception {
    Future<Container> busy = waiting(A);
    steps.runAll();
    Container atWork = got(busy);
    Future<Container> starting = waiting(B);
    steps.duringStart = containers::close;
    steps.runAll();
    assertThatThrownBy(() -> got(starting)).hasCauseInstanceOf(ContainerCapacityException.class);
    assertThatThrownBy(() -> containers.acquire(A, 0)).hasMessageContaining("closed");
    containers.prewarm(A, coming(1, "t", 1));
    steps.runAll();
    Thread.currentThread().interrupt();
    assertThat(containers.awaitEmpty(in(Duration.ofMillis(10)))).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    containers.release(A, atWork);
    steps.runAll();
    assertThat(steps.removed).containsExactlyInAnyOrder("a1", "b2");
    assertThat(containers.awaitEmpty(in(Duration.ZERO))).isTrue();
  }

  // Starts against waits. Starts take 100 ms.

  /** Has one idle container, and calls that are known to take so long. */
  private void serve(long callMillis) throws Exception {
    Future<Container> call = waiting(A);
    time.pass(100);
    steps.runAll();
    time.pass(callMillis);
    containers.release(A, got(call));
  }

  @Test
  void call_whenOneIsLikelyFreeBeforeAStart_waitsForIt() throws Exception {
    serve(20);
    Container busy = containers.acquire(A, 0);
    List<Future<Container>> calls = new ArrayList<>();
    for (int i = 0; i < 5; i++) { // after 20, 40, 60, 80 and 100 ms
      calls.add(waiting(A));
    }
    assertThat(steps.work).isEmpty();
    calls.add(waiting(A)); // after 120 ms, or 100 by a start
    assertThat(steps.work).hasSize(1);
    calls.add(waiting(A)); // after 120 ms by that as well, too late
    assertThat(steps.work).as("two is the limit").hasSize(1);
    for (int i = 0; i < 5; i++) {
      time.pass(20);
      containers.release(A, busy);
      assertThat(got(calls.get(i))).isSameAs(busy);
    }
    steps.runAll();
    assertThat(got(calls.get(5))).isNotSameAs(busy);
    containers.release(A, busy);
    assertThat(got(calls.get(6))).isSameAs(busy);
  }

  @Test
  void call_whenOthersTakeLongerThanAStart_hasOneAtOnce() throws Exception {
    serve(500);
    containers.acquire(A, 0);
    assertThat(waiting(A)).isNotDone();
    assertThat(steps.work).hasSize(1);
  }

  @Test
  void call_whenALongOneIsNearlyDone_waitsForIt() throws Exception {
    serve(500);
    Container busy = containers.acquire(A, 0);
    time.pass(450);
    Future<Container> call = waiting(A);
    assertThat(steps.work).isEmpty();
    containers.release(A, busy);
    assertThat(got(call)).isSameAs(busy);
  }

  @Test
  void call_whenAnotherTakesMuchLongerThanUsual_hasAStartAtOnce() throws Exception {
    serve(20);
    containers.acquire(A, 0);
    time.pass(200);
    assertThat(waiting(A)).isNotDone();
    assertThat(steps.work).hasSize(1);
  }

  @Test
  void call_thatWaitsInVain_hasAStartOnceItHasWaitedAsLongAsOneTakes() throws Exception {
    serve(20);
    containers.acquire(A, 0);
    Future<Container> first = waiting(A);
    time.pass(50);
    Future<Container> second = waiting(A);
    time.pass(59);
    assertThat(steps.work).isEmpty();
    time.pass(1);
    assertThat(steps.work).hasSize(1);
    time.pass(100);
    steps.runAll();
    assertThat(got(first).id()).isEqualTo("a2");
    assertThat(second.isDone()).as("two is the limit").isFalse();
    containers.release(A, got(first));
    assertThat(got(second)).isSameAs(got(first));
  }

  @Test
  void call_whenThoseBeforeItAreSlowerThanUsual_hasAStartOnceItHasWaitedAsLongAsOneTakes()
      throws Exception {
    serve(20);
    for (int i = 0; i < 7; i++) {
      Container container = containers.acquire(A, 0);
      time.pass(20);
      containers.release(A, container);
    }
    Container busy = containers.acquire(A, 0);
    Future<Container> first = waiting(A);
    assertThat(waiting(A)).isNotDone();
    time.pass(90);
    containers.release(A, busy);
    assertThat(got(first)).isSameAs(busy);
    time.pass(19); // 109 in all; within 10 more it would likely have its turn, as it would have had
    // before
    assertThat(steps.work).isEmpty();
    time.pass(1);
    assertThat(steps.work).hasSize(1);
  }

  @Test
  void calls_thatWaitInVain_haveStarts() throws Exception {
    WorkerContainers wide = new WorkerContainers("w", 9, 9, steps, steps.work::add, time);
    Future<Container> known = waiting(wide, A);
    time.pass(100);
    steps.runAll();
    time.pass(20);
    wide.release(A, got(known));
    wide.acquire(A, 0);
    for (int i = 0; i < 4; i++) {
      assertThat(waiting(wide, A)).isNotDone();
      time.pass(10);
    }
    time.pass(69); // 109 ms after the first
    assertThat(steps.work).isEmpty();
    time.pass(1);
    assertThat(steps.work).as("the one at work may still be in time for one").hasSize(3);
    time.pass(10);
    assertThat(steps.work).as("nor does it pay for the last one now").hasSize(3);
  }

  @Test
  void call_behindACallThatIsDiscarded_hasAStart() throws Exception {
    serve(20);
    Container busy = containers.acquire(A, 0);
    Future<Container> call = waiting(A);
    assertThat(steps.work).isEmpty();
    containers.discard(A, busy);
    steps.runAll();
    assertThat(got(call).id()).isEqualTo("a2");
  }

  @Test
  void calls_thatTakeLittleTime_shareAStart() throws Exception {
    serve(1);
    containers.removeIdle(Duration.ZERO, Set.of());
    steps.runAll();
    List<Future<Container>> calls = new ArrayList<>();
    for (int i = 0;
        i < 5;
        i++) { // the last of them waits for 4 ms longer than by a start of its own
      calls.add(waiting(A));
    }
    assertThat(steps.work).hasSize(1);
    time.pass(100);
    steps.runAll();
    for (Future<Container> call : calls) {
      assertThat(got(call).id()).isEqualTo("a2");
      containers.release(A, got(call));
    }
  }

  @Test
  void calls_whileAStartIsOnItsWay_waitForWhatItWillServe() throws Exception {
    serve(20);
    containers.removeIdle(Duration.ZERO, Set.of());
    steps.runAll();
    assertThat(waiting(A)).isNotDone();
    time.pass(50);
    for (int i = 0; i < 3; i++) { // after 70, 90 and 110 ms
      assertThat(waiting(A)).isNotDone();
    }
    assertThat(steps.work).hasSize(1);
    assertThat(waiting(A)).isNotDone();
    assertThat(steps.work).hasSize(2);
  }

  @Test
  void times_thatChange_areFollowed() throws Exception {
    serve(20);
    for (int i = 0; i < 20; i++) {
      Container container = containers.acquire(A, 0);
      time.pass(500);
      containers.release(A, container);
    }
    containers.acquire(A, 0);
    assertThat(waiting(A)).isNotDone();
    assertThat(steps.work).hasSize(1);
  }

  @Test
  void prewarm_whereOneIsSoonFree_startsNone() throws Exception {
    serve(20);
    containers.acquire(A, 0);
    containers.prewarm(A, coming(1, "t", 1));
    containers.prewarm(A, coming(2, "t", 1));
    assertThat(steps.work).isEmpty();
    containers.prewarm(A, coming(2, "u", 1));
    assertThat(steps.work).as("two of one run come at once").hasSize(1);
    steps.runAll();
    containers.acquire(A, 0);
    containers.ended(new RunId(0, 1));
    containers.ended(new RunId(0, 2));
    time.pass(200);
    containers.prewarm(A, coming(3, "t", 1));
    assertThat(steps.work).as("two is the limit").isEmpty();
  }

  /** Has the worker full of idle containers: two of A, then one of B. */
  private void fill() throws Exception {
    List<Future<Container>> calls = List.of(waiting(A), waiting(A), waiting(B));
    steps.runAll();
    for (Future<Container> call : calls) {
      time.pass(1);
      containers.release(got(call).id().startsWith("a") ? A : B, got(call));
    }
  }

  @Test
  void prewarm_onAWorkerThatIsFull_makesRoomByTheOldestIdleOne() throws Exception {
    fill();
    FunctionSpec c = spec("c");
    containers.prewarm(c, coming(1, "t", 1));
    containers.prewarm(c, coming(1, "t", 1));
    steps.runAll();
    assertThat(steps.removed).containsExactly("a1");
    assertThat(containers.acquire(c, 0).id()).startsWith("c");
    steps.runAll();
    assertThat(steps.made).isEqualTo(4);
  }

  @Test
  void prewarm_onAWorkerThatIsFull_leavesWhatOthersHaveToldOf() throws Exception {
    fill();
    containers.prewarm(A, coming(1, "a", 2));
    containers.prewarm(B, coming(1, "b", 1));
    containers.prewarm(spec("c"), coming(1, "c", 1));
    steps.runAll();
    assertThat(steps.removed).isEmpty();
    assertThat(steps.made).isEqualTo(3);
  }

  @Test
  void room_thatIsMadeForACallToCome_isFirstForOneThatWaits() throws Exception {
    fill();
    FunctionSpec c = spec("c");
    FunctionSpec d = spec("d");
    containers.prewarm(c, coming(1, "t", 1));
    Future<Container> call = waiting(d);
    steps.runAll();
    assertThat(got(call).id()).startsWith("d");
    assertThat(steps.removed).containsExactly("a1");
    containers.discard(d, got(call));
    containers.ended(new RunId(0, 1));
    steps.runAll();
    assertThat(steps.made).as("nobody waits for c any more").isEqualTo(4);
  }

  @Test
  void prewarm_ofManyInstancesWhoseCallsAreShort_startsFew() throws Exception {
    WorkerContainers many = new WorkerContainers("w", 9, 9, steps, steps.work::add, time);
    Future<Container> call = waiting(many, A);
    time.pass(100);
    steps.runAll();
    time.pass(20);
    many.release(A, got(call));
    for (int i = 0; i < 13; i++) {
      many.prewarm(A, new ComingCalls(new RunId(0, 1), "t", List.of(i), 1));
    }
    assertThat(steps.work)
        .as("each of the three serves one at once and five after it, of 20 ms each, in 110 ms")
        .hasSize(2);
    many.prewarm(A, coming(1, "u", 5));
    assertThat(steps.work).as("five at once, and one is idle").hasSize(4);
  }

  @Test
  void manyThreads_neverShareAContainerNorPassALimitNorStarve() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      race(seed);
    }
  }

  private void race(int seed) throws Exception {
    Set<String> inUse = ConcurrentHashMap.newKeySet();
    AtomicInteger alive = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger names = new AtomicInteger();
    WorkerContainers.Source source = new WorkerContainers.Source() {
      @Override
      public Container start(FunctionSpec spec) {
        most.accumulateAndGet(alive.incrementAndGet(), Math::max);
        int number = names.incrementAndGet();
        if (number % 7 == 0) {
          alive.decrementAndGet();
          throw new ContainerStartException("i", "every seventh", "", null);
        }
        return new Container(spec.image().name() + number, Path.of("none"), null, null, null, null);
      }

      @Override
      public void remove(Container container) {
        alive.decrementAndGet();
      }
    };
    WorkerContainers raced =
        new WorkerContainers("w", 3, 4, source, threads, new DockerBackend.RealTime(timer));
    List<Future<Integer>> callers = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      Random random = new Random(seed * 100L + t);
      callers.add(threads.submit(() -> {
        int served = 0;
        while (served < 100) {
          FunctionSpec spec = spec("abc".charAt(random.nextInt(3)) + "");
          Container container;
          try {
            container = raced.acquire(spec, in(Duration.ofSeconds(30)));
          } catch (ContainerStartException e) {
            continue;
          }
          assertThat(inUse.add(container.id())).isTrue();
          assertThat(container.id()).startsWith(spec.image().name());
          Thread.onSpinWait();
          inUse.remove(container.id());
          if (random.nextInt(5) == 0) {
            raced.discard(spec, container);
          } else {
            raced.release(spec, container);
          }
          if (random.nextInt(10) == 0) {
            raced.prewarm(spec("d"), coming(served, "t" + random.nextInt(3), 1));
            raced.ended(new RunId(0, served - 1));
            raced.removeIdle(Duration.ZERO, new HashSet<>());
          }
          served++;
        }
        return served;
      }));
    }
    for (Future<Integer> caller : callers) {
      assertThat(caller.get(30, TimeUnit.SECONDS)).isEqualTo(100);
    }
    raced.close();
    assertThat(raced.awaitEmpty(in(Duration.ofSeconds(10)))).isTrue();
    assertThat(most.get()).isLessThanOrEqualTo(4);
    assertThat(alive.get()).isZero();
  }
}
