package io.faasflow.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.container.ComingCalls;
import io.faasflow.container.ContainerCapacityException;
import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerStartException;
import io.faasflow.docker.ContainerPool.Waiter;
import io.faasflow.function.FunctionContext;
import io.faasflow.function.Resources;
import io.faasflow.run.RunId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many days of a worker's containers, each made up by a seed, in virtual time and one thread: calls of all
 * lengths, bursts, starts that fail, containers that die, callers that give up.
 */
@Timeout(120)
class ContainerSimulationTest {
  private static final int SEEDS = 400;

  /** One worker, its engine, and those who call. */
  private static final class World implements WorkerContainers.Source, WorkerContainers.Timer {
    /** Something that happens at a time. */
    private record Event(long at, long number, Runnable what) {}

    /** A call that has asked for a container. */
    private record Call(FunctionSpec spec, long since, long millis, Waiter waiter) {}

    final Random random;
    final String seed;
    final int limit;
    final int functions;
    final int mostOfFunction;
    final int mostOfWorker;
    final int[] usualMillis; // of the calls of each function
    final int startMillis;
    final double failing; // of starts, and of calls
    final boolean givesUp;
    final WorkerContainers containers;
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Queue<Runnable> work = new ArrayDeque<>();
    private final List<Call> waiting = new ArrayList<>();
    private final Set<String> alive = new HashSet<>();
    private final Map<String, Integer> aliveOf = new HashMap<>();
    private long now = Long.MAX_VALUE / 2;
    private long numbers;
    private boolean closed;
    private long longestStart;
    private long longestCall;
    boolean isAhead; // each call was told of in time
    int served;
    int refused;

    World(long seed) {
      this(seed, 0);
    }

    /** @param limit of functions and worker; 0: as the seed says */
    World(long seed, int limit) {
      this.limit = limit;
      this.seed = "seed " + seed;
      random = new Random(seed);
      functions = 1 + random.nextInt(5);
      mostOfFunction = limit > 0 ? limit : 1 + random.nextInt(8);
      mostOfWorker = limit > 0 ? limit : 1 + random.nextInt(12);
      startMillis = 1 << random.nextInt(10);
      usualMillis = random.ints(functions, 0, 11).map(power -> 1 << power).toArray();
      failing = random.nextInt(3) == 0 ? random.nextDouble() / 3 : 0;
      givesUp = random.nextInt(3) == 0;
      containers = new WorkerContainers("w", mostOfFunction, mostOfWorker, this, work::add, this);
    }

    FunctionSpec spec(int function) {
      return new FunctionSpec(ContainerImage.of("f" + function), Resources.NONE);
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void after(long nanos, Runnable task) {
      at(nanos, task);
    }

    private void at(long nanos, Runnable task) {
      events.add(new Event(now + nanos, numbers++, task));
    }

    private long nanos(double millis) {
      return (long) (millis * 1_000_000);
    }

    // An engine: what is asked of it takes its time before it is done, and the limits hold
    // meanwhile.

    @Override
    public Container start(FunctionSpec spec) {
      if (random.nextDouble() < failing) {
        throw new ContainerStartException(spec.image().name(), "as the seed says", "", null);
      }
      String id = spec.image().name() + "-" + numbers++;
      assertThat(alive.add(id)).isTrue();
      aliveOf.merge(spec.image().name(), 1, Integer::sum);
      return new Container(id, Path.of("none"), null, null, null, null);
    }

    @Override
    public void remove(Container container) {
      assertThat(alive.remove(container.id())).as(seed + ": removed once").isTrue();
      aliveOf.merge(container.id().replaceAll("-.*", ""), -1, Integer::sum);
    }

    /** What has been asked of the engine is under way from now on. */
    private void beginWork() {
      while (!work.isEmpty()) {
        Runnable one = work.remove();
        long takes = nanos(startMillis * (0.5 + random.nextDouble()));
        longestStart = Math.max(longestStart, takes);
        at(takes, one);
      }
    }

    // Calls.

    private void call(int function) {
      FunctionSpec spec = spec(function);
      double spread = random.nextInt(20) == 0 ? 50 : 2 * random.nextDouble();
      long takes = nanos(usualMillis[function] * spread) + 1;
      longestCall = Math.max(longestCall, takes);
      try {
        Call call = new Call(spec, now, takes, containers.ask(spec));
        waiting.add(call);
        if (givesUp && random.nextInt(5) == 0) {
          at(nanos(random.nextInt(2 * startMillis)), () -> giveUp(call));
        }
      } catch (ContainerCapacityException e) {
        assertThat(closed).as(seed).isTrue();
        refused++;
      }
    }

    private void tell(int function, long run, int atOnce) {
      containers.prewarm(
          spec(function), new ComingCalls(new RunId(0, run), "t", List.of(), atOnce));
    }

    /** Runs one after the other, each of which tells of its calls longer ahead than any start takes. */
    void liveAhead(int runs) {
      for (int run = 0; run < runs; run++) {
        long number = run;
        int tasks = 1 + random.nextInt(3);
        int[] calls = random.ints(functions * (long) tasks, 0, 4).toArray();
        long begin = run * nanos(200 * (1 << 10));
        for (int i = 0; i < calls.length; i++) {
          int function = i / tasks;
          FunctionContext context = new Calls.Context(new RunId(0, number), "t" + i, List.of());
          int atOnce = calls[i];
          at(begin + nanos(random.nextInt(10)), () -> {
            if (atOnce > 0) {
              containers.prewarm(
                  spec(function),
                  new ComingCalls(context.runId(), context.task(), context.instance(), atOnce));
            }
          });
          at(begin + nanos(2 * startMillis + 10 + random.nextInt(3)), () -> {
            for (int call = 0; call < atOnce; call++) {
              containers.came(spec(function), context);
              call(function);
            }
          });
        }
        at(begin + nanos(150 * (1 << 10)), () -> containers.ended(new RunId(0, number)));
      }
    }

    private void giveUp(Call call) {
      if (waiting.remove(call)) {
        Container late = containers.giveUp(call.spec(), call.waiter());
        assertThat(late).as(seed + ": it would have been seen").isNull();
        refused++;
      }
    }

    private void serve() {
      for (Call call : List.copyOf(waiting)) {
        if (!call.waiter().container().isDone()) {
          continue;
        }
        waiting.remove(call);
        if (call.waiter().container().isCompletedExceptionally()) {
          refused++;
          continue;
        }
        Container container = call.waiter().container().join();
        assertThat(alive).as(seed).contains(container.id());
        assertThat(container.id()).startsWith(call.spec().image().name() + "-");
        served++;
        checkWait(call);
        boolean dies = random.nextDouble() < failing;
        at(call.millis(), () -> {
          if (dies) {
            containers.discard(call.spec(), container);
          } else {
            containers.release(call.spec(), container);
          }
        });
      }
    }

    private void checkWait(Call call) {
      if (isAhead && failing == 0) {
        assertThat(now).as(seed).isEqualTo(call.since());
      } else if (limit > 0 && failing == 0) {
        assertThat(now - call.since())
            .as(seed)
            .isLessThanOrEqualTo((long) (2.1 * 1.5 * startMillis * 1e6) + 1);
      }
    }

    // What is always so.

    private void check() {
      List<ContainerCounts> counts = containers.counts();
      int all = 0;
      int removing = counts.stream().mapToInt(ContainerCounts::removing).sum();
      int idle = counts.stream().mapToInt(ContainerCounts::idle).sum();
      for (ContainerCounts one : counts) {
        int count = one.starting() + one.idle() + one.busy() + one.removing();
        all += count;
        assertThat(count).as(seed).isLessThanOrEqualTo(mostOfFunction);
        assertThat(count).as(seed).isGreaterThanOrEqualTo(aliveOf.getOrDefault(one.image(), 0));
        assertThat(one.idle() == 0 || one.waiting() == 0)
            .as(seed + ": idle and waiting")
            .isTrue();
      }
      assertThat(all).as(seed).isLessThanOrEqualTo(mostOfWorker);
      for (ContainerCounts one : counts) {
        if (one.waiting() > 0 && one.starting() + one.busy() + one.removing() == 0) {
          assertThat(all).as(seed + ": no room for who has nothing").isEqualTo(mostOfWorker);
          assertThat(idle == 0 || removing > 0).as(seed + ": room is made").isTrue();
        }
      }
      assertThat(counts.stream().mapToInt(ContainerCounts::waiting).sum())
          .as(seed)
          .isEqualTo(waiting.size());
    }

    private void settle() {
      serve();
      beginWork();
      check();
    }

    private void drain() {
      for (int i = 0; !events.isEmpty(); i++) {
        assertThat(i).as(seed + ": it ends").isLessThan(1_000_000);
        Event next = events.remove();
        now = next.at();
        next.what().run();
        settle();
      }
    }

    void live(int calls) {
      double gap = startMillis * Math.pow(2, random.nextInt(8) - 5);
      long at = 0;
      for (int i = 0; i < calls; i++) {
        at += random.nextInt(10) == 0 ? nanos(gap * 50) : nanos(gap * random.nextDouble());
        int burst = random.nextInt(15) == 0 ? 10 : 1;
        int function = random.nextInt(functions);
        at(at, () -> {
          for (int b = 0; b < burst; b++) {
            call(function);
            settle();
          }
        });
        if (random.nextInt(10) == 0) {
          int next = random.nextInt(functions);
          long run = i;
          int atOnce = 1 + random.nextInt(3);
          at(at, () -> tell(next, run, atOnce));
          boolean ends = random.nextInt(5) > 0; // the others are forgotten when they are old
          if (ends) {
            at(at + nanos(startMillis), () -> containers.ended(new RunId(0, run)));
          }
        }
        if (random.nextInt(20) == 0) {
          at(at, () -> containers.removeIdle(Duration.ofMillis(startMillis), Set.copyOf(alive)));
        }
      }
    }

    /** Nobody comes any more for a long time. */
    void rest() {
      for (int i = 0; i < 2; i++) {
        now += nanos(1_000_000);
        containers.removeIdle(Duration.ofSeconds(1_000), Set.of());
        settle();
        drain();
      }
    }

    void close() {
      closed = true;
      containers.close();
    }
  }

  @Test
  void anyDay_servesEverybody_withinTheLimits_andLeavesNothing() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(seed);
      world.live(60);
      world.drain();
      assertThat(world.waiting).as(world.seed + ": nobody waits for ever").isEmpty();
      assertThat(world.containers.counts()).as(world.seed).allMatch(one -> one.busy() == 0);
      if (seed % 2 == 0) {
        world.rest();
        assertThat(world.containers.needsHousekeeping())
            .as(world.seed + ": all is forgotten")
            .isFalse();
      }
      world.close();
      world.settle();
      world.drain();
      assertThat(world.alive).as(world.seed).isEmpty();
    }
  }

  @Test
  void close_atAnyTime_failsWhoWaits_andLeavesNothing() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(seed);
      world.live(60);
      world.at(world.nanos(world.random.nextDouble() * 60 * world.startMillis), world::close);
      world.drain();
      assertThat(world.waiting).as(world.seed).isEmpty();
      assertThat(world.alive).as(world.seed).isEmpty();
      assertThat(world.containers.counts())
          .as(world.seed)
          .allMatch(one -> one.starting() + one.idle() + one.busy() + one.removing() == 0);
    }
  }

  @Test
  void waits_withoutLimits_areTwoStartsAtMost() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(seed, 1_000);
      world.live(60);
      world.drain();
      assertThat(world.served + world.refused).as(world.seed).isGreaterThanOrEqualTo(60);
    }
  }

  @Test
  void calls_thatWereToldOfInTime_waitForNothing() {
    for (int seed = 0; seed < SEEDS; seed++) {
      World world = new World(seed, 1_000);
      world.isAhead = true;
      world.liveAhead(5);
      world.drain();
      assertThat(world.waiting).as(world.seed).isEmpty();
      assertThat(world.containers.counts()).as(world.seed).allMatch(one -> one.waiting() == 0);
    }
  }
}
