package io.faasflow.bench;

import static io.faasflow.workflow.Task.task;

import io.faasflow.workflow.Dag;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Parallel;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import io.faasflow.workflow.WorkflowBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;

/** The workflows that are measured, and the same by hand with {@link CompletableFuture}. */
final class Shapes {
  static final int CHAIN = 100;
  static final int FAN = 100;
  static final int LAYERS = 5;
  static final int WIDTH = 10;
  static final int LAYERED = LAYERS * WIDTH;

  private Shapes() {}

  static int increment(int x) {
    return x + 1;
  }

  static int sum(Outputs outputs) {
    int sum = 0;
    for (Object value : outputs.values()) {
      sum += (Integer) value;
    }
    return sum;
  }

  // A chain: each function takes what the one before gave.

  static Workflow<Integer, Integer> chain() {
    WorkflowBuilder<Integer, Integer> builder = Workflow.builder("chain");
    for (int i = 0; i < CHAIN; i++) {
      builder = builder.sequence(Task.<Integer, Integer>task("f" + i, Shapes::increment));
    }
    return builder.build();
  }

  static CompletableFuture<Integer> chainByHand(int input, Executor pool) {
    CompletableFuture<Integer> last = CompletableFuture.supplyAsync(() -> increment(input), pool);
    for (int i = 1; i < CHAIN; i++) {
      last = last.thenApplyAsync(Shapes::increment, pool);
    }
    return last;
  }

  static Workflow<byte[], byte[]> payloadChain() {
    WorkflowBuilder<byte[], byte[]> builder = Workflow.builder("payload-chain");
    for (int i = 0; i < CHAIN; i++) {
      builder = builder.sequence(Task.<byte[], byte[]>task("f" + i, Shapes::touch));
    }
    return builder.build();
  }

  static CompletableFuture<byte[]> payloadChainByHand(byte[] input, Executor pool) {
    CompletableFuture<byte[]> last = CompletableFuture.supplyAsync(() -> touch(input), pool);
    for (int i = 1; i < CHAIN; i++) {
      last = last.thenApplyAsync(Shapes::touch, pool);
    }
    return last;
  }

  private static byte[] touch(byte[] bytes) {
    bytes[bytes.length / 2]++;
    return bytes;
  }

  // A fan-out: many functions take the same, one takes what they all gave.

  static Workflow<Integer, Integer> fanOut() {
    List<Task<Integer, Integer>> branches = new ArrayList<>();
    for (int i = 0; i < FAN; i++) {
      branches.add(task("f" + i, Shapes::increment));
    }
    @SuppressWarnings({"unchecked", "rawtypes"})
    Parallel<Integer> parallel = Parallel.of(branches.toArray(new Task[0]));
    return Workflow.<Integer>builder("fan-out")
        .sequence(parallel)
        .sequence(Task.<Outputs, Integer>task("join", Shapes::sum))
        .build();
  }

  static CompletableFuture<Integer> fanOutByHand(int input, Executor pool) {
    @SuppressWarnings({"unchecked", "rawtypes"})
    CompletableFuture<Integer>[] branches = new CompletableFuture[FAN];
    for (int i = 0; i < FAN; i++) {
      branches[i] = CompletableFuture.supplyAsync(() -> increment(input), pool);
    }
    return CompletableFuture.allOf(branches)
        .thenApplyAsync(
            done -> Arrays.stream(branches).mapToInt(CompletableFuture::join).sum(), pool);
  }

  // Layers: each function reads three of the layer before.

  static Workflow<Integer, Integer> layered() {
    WorkflowBuilder<Integer, ?> builder = Workflow.<Integer>builder("layered");
    List<Dag.Node> nodes = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int i = 0; i < WIDTH; i++) {
        int at = i;
        String name = "f" + layer + "_" + i;
        Task<?, ?> task = layer == 0
            ? Task.<Integer, Integer>task(name, Shapes::increment)
            : Task.<Outputs, Integer>task(name, Shapes::sum);
        List<String> next = layer == LAYERS - 1
            ? List.of()
            : IntStream.range(0, 3)
                .mapToObj(j -> "f" + (layerAfter(nodes.size()) + "_" + (at + j) % WIDTH))
                .toList();
        nodes.add(new Dag.Node(name, task, new Dag.All(next)));
      }
    }
    @SuppressWarnings("unchecked")
    WorkflowBuilder<Integer, Object> typed = (WorkflowBuilder<Integer, Object>) builder;
    return typed
        .sequence(Dag.of(nodes))
        .sequence(Task.<Outputs, Integer>task("join", Shapes::sum))
        .build();
  }

  private static int layerAfter(int nodes) {
    return nodes / WIDTH + 1;
  }

  static CompletableFuture<Integer> layeredByHand(int input, Executor pool) {
    List<CompletableFuture<Integer>> before = new ArrayList<>();
    for (int i = 0; i < WIDTH; i++) {
      before.add(CompletableFuture.supplyAsync(() -> increment(input), pool));
    }
    for (int layer = 1; layer < LAYERS; layer++) {
      List<CompletableFuture<Integer>> now = new ArrayList<>();
      for (int i = 0; i < WIDTH; i++) {
        CompletableFuture<Integer> a = before.get(i);
        CompletableFuture<Integer> b = before.get((i + WIDTH - 1) % WIDTH);
        CompletableFuture<Integer> c = before.get((i + WIDTH - 2) % WIDTH);
        now.add(CompletableFuture.allOf(a, b, c)
            .thenApplyAsync(done -> a.join() + b.join() + c.join(), pool));
      }
      before = now;
    }
    List<CompletableFuture<Integer>> last = before;
    return CompletableFuture.allOf(last.toArray(new CompletableFuture<?>[0]))
        .thenApplyAsync(done -> last.stream().mapToInt(CompletableFuture::join).sum(), pool);
  }
}
