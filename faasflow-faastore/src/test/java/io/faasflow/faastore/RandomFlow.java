package io.faasflow.faastore;

import io.faasflow.run.InstanceResult;
import io.faasflow.run.TaskFailure;
import io.faasflow.store.Blob;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Step;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Tolerance;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A random workflow whose functions give values of many kinds and sizes. What a function gives depends on nothing
 * but what it takes, so that each run gives the same, wherever its data have been meanwhile.
 */
final class RandomFlow {
  private static final int[] SMALL = {0, 1, 100, 1_000, 5_000, 40_000};

  private final SplittableRandom random;
  private final int[] sizes;
  private final List<Task<?, ?>> done = new ArrayList<>(); // outside of any branch
  private int names;

  private RandomFlow(long seed, int... moreSizes) {
    random = new SplittableRandom(seed);
    sizes = Arrays.copyOf(SMALL, SMALL.length + moreSizes.length);
    System.arraycopy(moreSizes, 0, sizes, SMALL.length, moreSizes.length);
  }

  /** A workflow that takes a number and gives one. */
  static Workflow<Long, Long> workflow(long seed, int... moreSizes) {
    return new RandomFlow(seed, moreSizes).make(seed);
  }

  private Workflow<Long, Long> make(long seed) {
    Step<Object, Object> all = cast(task(true));
    int steps = 2 + random.nextInt(5);
    for (int i = 0; i < steps; i++) {
      all = cast(all.then(step(2, true)));
    }
    return Workflow.<Long>builder("random-" + seed)
        .sequence(all)
        .sequence(Task.<Object, Long>task("end", RandomFlow::hash))
        .build();
  }

  @SuppressWarnings("unchecked") // every function here takes anything
  private static Step<Object, Object> cast(Step<?, ?> step) {
    return (Step<Object, Object>) step;
  }

  private Step<Object, Object> step(int depth, boolean isOutside) {
    int kind = depth == 0 ? 0 : random.nextInt(6);
    return switch (kind) {
      case 1 -> parallel(depth);
      case 2 -> foreach(depth);
      case 3 -> isOutside && !done.isEmpty() ? reading() : task(isOutside);
      case 4 -> failing();
      default -> task(isOutside);
    };
  }

  private String name() {
    return "t" + names++;
  }

  private Step<Object, Object> task(boolean isOutside) {
    long salt = random.nextLong();
    int size = sizes[random.nextInt(sizes.length)];
    int kind = random.nextInt(7);
    Task<Object, Object> task = Task.task(name(), in -> value(hash(in) ^ salt, size, kind));
    if (isOutside) {
      done.add(task);
    }
    return task;
  }

  private Step<Object, Object> reading() {
    Task<?, ?> other = done.get(random.nextInt(done.size()));
    long salt = random.nextLong();
    int size = sizes[random.nextInt(sizes.length)];
    return Task.reading(other)
        .task(name(), (in, read) -> value(hash(in) * 31 + hash(read.get(other)) ^ salt, size, 0));
  }

  private Step<Object, Object> failing() {
    Task<Object, Object> fails = Task.task(name(), in -> {
      throw new IllegalStateException("broken " + hash(in));
    });
    return cast(fails.onFailure(Task.<TaskFailure, Object>task(
        name(),
        failure -> List.of(
            failure.site().task(), String.valueOf(failure.text()), hash(failure.input())))));
  }

  private Step<Object, Object> parallel(int depth) {
    List<Step<?, ?>> branches = new ArrayList<>();
    int count = 2 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      branches.add(step(depth - 1, false));
    }
    return cast(Parallel.untyped(branches));
  }

  private Step<Object, Object> foreach(int depth) {
    int count = random.nextInt(5);
    Step<Object, Object> body = step(depth - 1, false);
    if (random.nextInt(3) == 0) {
      body = cast(body.then(step(0, false)));
    }
    Foreach<Object, Object> foreach = Foreach.<Object, Object, Object>of(
        in -> {
          List<Object> items = new ArrayList<>();
          long seed = hash(in);
          for (int i = 0; i < count; i++) {
            items.add(value(seed + i, i * 10, i % 3));
          }
          return items;
        },
        body);
    if (random.nextInt(3) > 0) {
      return cast(foreach);
    }
    Task<Object, Object> odd = Task.task(name(), in -> {
      if (hash(in) % 2 != 0) {
        throw new IllegalStateException("odd");
      }
      return in;
    });
    return cast(Foreach.<Object, Object, Object>of(
            in -> List.of(hash(in), hash(in) + 1, hash(in) + 2), odd.then(body))
        .tolerate(Tolerance.percent(100)));
  }

  static Object value(long seed, int size, int kind) {
    byte[] bytes = new byte[size];
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.remaining() >= Long.BYTES) {
      buffer.putLong(random.nextLong());
    }
    return switch (kind) {
      case 1 -> new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
      case 2 -> Map.of("long", seed, "bytes", bytes, "list", List.of(1, 2.5, "x"));
      case 3 -> Blob.of("application/x-random", bytes);
      case 4 -> List.of(seed, Optional.of("x"), bytes);
      case 5 -> Arrays.asList(null, true, seed);
      default -> bytes;
    };
  }

  /** Of what is in a value, whatever its classes are. */
  static long hash(Object value) {
    if (value instanceof byte[] bytes) {
      return Arrays.hashCode(bytes) * 7L;
    }
    if (value instanceof Blob blob) {
      try {
        byte[] bytes = new byte[(int) blob.length()];
        blob.buffer().get(bytes);
        return Arrays.hashCode(bytes) * 11L + blob.contentType().hashCode();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    if (value instanceof List<?> list) {
      long hash = 1;
      for (Object one : list) {
        hash = hash * 31 + hash(one);
      }
      return hash;
    }
    if (value instanceof Map<?, ?> map) {
      long hash = 3;
      for (Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
        hash = hash * 31 + entry.getKey().hashCode() + 17 * hash(entry.getValue());
      }
      return hash;
    }
    if (value instanceof Outputs outputs) {
      return hash(outputs.values());
    }
    if (value instanceof InstanceResult<?> result) {
      return result.isFailed() ? 13 : hash(result.toOptional().orElse(null)) + 1;
    }
    return value == null ? 5 : value.getClass().getName().hashCode() * 31L + value.hashCode();
  }
}
