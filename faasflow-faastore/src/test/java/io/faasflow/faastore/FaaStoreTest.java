package io.faasflow.faastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.faasflow.run.DataException;
import io.faasflow.run.RunId;
import io.faasflow.store.Blob;
import io.faasflow.store.Kept;
import io.faasflow.store.Output;
import io.faasflow.store.WorkerStore;
import io.faasflow.store.WorkerStore.FunctionShare;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where outputs go, when they leave, and that none is lost. */
@Timeout(60)
class FaaStoreTest {
  private static final RunId RUN = new RunId(1L << 16, 1);
  private static final Object ABSENT = new Object();

  private final TestTier tier = new TestTier();
  private final List<FaaStore> opened = new ArrayList<>();

  private FaaStore store(long limit) {
    return store(FaaStore.builder().workerLimit(limit));
  }

  private FaaStore store(FaaStore.Builder builder) {
    FaaStore store = builder.remote("far", tier).build();
    opened.add(store);
    return store;
  }

  @AfterEach
  void close() {
    opened.forEach(FaaStore::close);
  }

  private static Output output(int node, int readersHere, String... elsewhere) {
    return new Output("flow", node, "task-" + node, readersHere, List.of(elsewhere), List.of());
  }

  private static byte[] bytes(int size, int fill) {
    byte[] bytes = new byte[size];
    java.util.Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  // Placement.

  @Test
  void keep_allReadersHere_isTheReferenceInMemory() {
    FaaStore store = store(100);
    byte[] value = bytes(100, 1);
    Kept kept = store.of("w1").keep(RUN, output(1, 2), value);
    assertThat(kept.value()).isSameAs(value);
    assertThat(kept.tier()).isEqualTo(Kept.MEMORY);
    assertThat(kept.bytes()).isEqualTo(100);
    assertThat(kept.placement().tiers()).isEqualTo("memory");
    assertThat(kept.placement().reason()).contains("all readers are here");
    assertThat(store.usage("w1").bytes()).isEqualTo(100);
    assertThat(tier.puts()).isZero();
    kept.release();
    assertThat(store.usage("w1").bytes()).isZero();
    assertThat(store.usage("w1").outputs()).isZero();
    kept.release();
    assertThat(store.usage("w1").bytes()).isZero();
  }

  @Test
  void keep_allReadersElsewhere_isRemoteAndTakesNoMemory() {
    FaaStore store = store(100);
    Kept kept = store.of("w1").keep(RUN, output(1, 0, "w2", "w3"), bytes(100, 1));
    assertThat(kept.placement().tiers()).isEqualTo("far");
    assertThat(kept.placement().reason()).contains("[w2, w3]");
    assertThat(store.usage().bytes()).isZero();
    for (String worker : List.of("w2", "w3")) {
      Kept found = store.of(worker).reference(RUN, output(1, 1), ABSENT);
      assertThat(found.tier()).isEqualTo("far");
      assertThat(found.value()).isEqualTo(bytes(100, 1));
      found.release();
    }
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_readersOnBothSides_isInBoth() {
    FaaStore store = store(100);
    byte[] value = bytes(100, 1);
    Kept kept = store.of("w1").keep(RUN, output(1, 1, "w2"), value);
    assertThat(kept.placement().tiers()).isEqualTo("memory+far");
    assertThat(kept.value()).isSameAs(value);
    kept.release();
    Kept there = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    assertThat(there.value()).isEqualTo(value).isNotSameAs(value);
    assertThat(store.usage("w2").bytes()).isEqualTo(100);
    there.release();
    assertThat(store.usage().bytes()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_readersOnBothSidesAndNoRoom_isReadBackFromTheOneCopy() {
    FaaStore store = store(99);
    Kept kept = store.of("w1").keep(RUN, output(1, 1, "w2"), bytes(100, 1));
    assertThat(kept.placement().tiers()).isEqualTo("far");
    assertThat(kept.value()).isEqualTo(bytes(100, 1));
    assertThat(tier.puts()).isEqualTo(1);
    Kept there = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    there.release();
    assertThat(kept.value()).isEqualTo(bytes(100, 1));
    kept.release();
    assertThat(tier.isEmpty()).isTrue();
    assertThat(store.usage().bytes()).isZero();
  }

  @Test
  void keep_noRoom_movesInTheBackgroundAndIsReadMeanwhile() {
    FaaStore store = store(150);
    WorkerStore worker = store.of("w1");
    Kept first = worker.keep(RUN, output(1, 1), bytes(100, 1));
    tier.holdBack();
    byte[] value = bytes(100, 2);
    Kept second = worker.keep(RUN, output(2, 1), value); // does not wait
    assertThat(second.value()).isSameAs(value);
    Eventually.until("it is being written", () -> tier.waiting() == 1);
    assertThat(store.usage().bytes()).isEqualTo(200);
    tier.letThrough();
    Eventually.until("it has left", () -> store.usage().bytes() == 100);
    assertThat(second.tier()).isEqualTo("far");
    assertThat(second.placement().reason()).contains("quota of 150 bytes");
    assertThat(second.value()).isEqualTo(value);
    assertThat(store.usage().movedToRemote()).isEqualTo(100);
    first.release();
    second.release();
    assertThat(store.usage().bytes()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_noRoomAndTooMuchOnItsWay_waitsForTheWrite() throws Exception {
    FaaStore store = store(FaaStore.builder().workerLimit(0).writeBehind(150));
    WorkerStore worker = store.of("w1");
    tier.holdBack();
    worker.keep(RUN, output(1, 1), bytes(100, 1));
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Kept> second = thread.submit(() -> worker.keep(RUN, output(2, 1), bytes(100, 2)));
      Eventually.until("both are being written", () -> tier.waiting() == 2);
      assertThat(second.isDone()).isFalse();
      tier.letThrough();
      assertThat(second.get(20, TimeUnit.SECONDS).value()).isEqualTo(bytes(100, 2));
    } finally {
      thread.shutdownNow();
    }
    worker.releaseRun(RUN);
    Eventually.until("nothing is left", () -> store.usage().bytes() == 0 && tier.isEmpty());
  }

  @Test
  void keep_tierFails_staysInMemoryOverTheQuota() {
    FaaStore store = store(0);
    tier.failWith(new IllegalStateException("down"));
    Kept kept = store.of("w1").keep(RUN, output(1, 1), bytes(100, 1));
    Eventually.until("it was tried", () -> tier.puts() == 1);
    assertThat(kept.value()).isEqualTo(bytes(100, 1));
    assertThat(store.usage().bytes()).isEqualTo(100);
    kept.release();
    Eventually.until("it is gone", () -> store.usage().bytes() == 0);
  }

  @Test
  void keep_tierFailsForReadersElsewhere_throwsAndKeepsNothing() {
    FaaStore store = store(1000);
    tier.failWith(new IllegalStateException("down"));
    assertThatThrownBy(() -> store.of("w1").keep(RUN, output(1, 1, "w2"), bytes(100, 1)))
        .hasMessage("down");
    assertThat(store.usage().bytes()).isZero();
  }

  // Readers elsewhere, while the worker goes on.

  @Test
  void keep_readersElsewhere_doesNotWaitAndCountsTillItIsWritten() {
    FaaStore store = store(1000);
    tier.holdBack();
    Kept kept = store.of("w1").keep(RUN, output(1, 0, "w2"), bytes(100, 1));
    assertThat(kept.readable()).isNotDone();
    assertThat(store.usage("w1").bytes()).isEqualTo(100);
    assertThat(store.usage("w1").outputs()).isEqualTo(1);
    tier.letThrough();
    assertThat(kept.readable()).isCompleted();
    assertThat(store.usage("w1").bytes()).isZero();
    assertThat(store.usage("w1").outputs()).isZero();
    assertThat(store.usage("w1").savedToRemote()).isEqualTo(100);
    Kept there = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    assertThat(there.value()).isEqualTo(bytes(100, 1));
    there.release();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_readersOnBothSidesAndNoRoom_isReadHereWhileItIsWritten() {
    FaaStore store = store(99);
    tier.holdBack();
    byte[] value = bytes(100, 1);
    Kept first = store.of("w1").keep(RUN, output(1, 1, "w2"), value);
    Kept second = store.of("w1").keep(RUN, output(2, 1, "w2"), value);
    assertThat(first.value()).isSameAs(value);
    first.release();
    assertThat(store.usage("w1").bytes()).isEqualTo(200); // the writes refer to it
    tier.letThrough();
    assertThat(store.usage("w1").bytes()).isZero();
    assertThat(second.tier()).isEqualTo("far");
    assertThat(second.value()).isEqualTo(value).isNotSameAs(value);
    second.release();
    for (int node : new int[] {1, 2}) {
      Kept there = store.of("w2").reference(RUN, output(node, 1), ABSENT);
      assertThat(there.value()).isEqualTo(value);
      there.release();
    }
    assertThat(store.usage().outputs()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_readersElsewhereAndTooMuchOnItsWay_waitsForTheWrite() throws Exception {
    FaaStore store = store(FaaStore.builder().workerLimit(1000).writeBehind(150));
    WorkerStore worker = store.of("w1");
    tier.holdBack();
    worker.keep(RUN, output(1, 0, "w2"), bytes(100, 1));
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Kept> second =
          thread.submit(() -> worker.keep(RUN, output(2, 0, "w2"), bytes(100, 2)));
      Eventually.until("both are being written", () -> tier.waiting() == 2);
      assertThat(second.isDone()).isFalse();
      tier.letThrough();
      assertThat(second.get(20, TimeUnit.SECONDS).readable()).isCompleted();
    } finally {
      thread.shutdownNow();
    }
    worker.releaseRun(RUN);
    assertThat(store.usage().bytes()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_readersElsewhereAndTheWriteFailsLater_neverIsReadableAndLeavesNothing() {
    FaaStore store = store(100);
    tier.holdBack();
    WorkerStore worker = store.of("w1");
    Kept fits = worker.keep(RUN, output(1, 1, "w2"), bytes(100, 1));
    Kept doesNot = worker.keep(RUN, output(2, 1, "w2"), bytes(100, 2));
    Kept elsewhere = worker.keep(RUN, output(3, 0, "w2"), bytes(100, 3));
    tier.letFail(new IllegalStateException("cut"));
    for (Kept one : List.of(fits, doesNot, elsewhere)) {
      assertThat(one.readable()).isCompletedExceptionally();
    }
    assertThat(fits.value()).isEqualTo(bytes(100, 1));
    assertThat(doesNot.value()).isEqualTo(bytes(100, 2));
    assertThat(store.usage().bytes()).isEqualTo(200);
    worker.releaseRun(RUN);
    assertThat(store.usage().bytes()).isZero();
    assertThat(store.runsKept()).isZero();
  }

  @Test
  void releaseRun_afterAWriteThatArrivedUntold_leavesNothingAnywhere() {
    FaaStore store = store(0);
    WorkerStore worker = store.of("w1");
    for (boolean endsBefore : new boolean[] {true, false}) {
      tier.holdBack();
      Kept kept = worker.keep(RUN, output(1, 1), bytes(100, 1));
      Eventually.until("it is being written", () -> tier.waiting() == 1);
      if (endsBefore) {
        kept.release();
        worker.releaseRun(RUN);
      }
      tier.letThroughUntold(new IllegalStateException("cut"));
      worker.releaseRun(RUN);
      Eventually.until(
          "nothing is left",
          () -> store.usage().bytes() == 0 && store.runsKept() == 0 && tier.isEmpty());
    }
  }

  @Test
  void value_whoReadsItIsInterrupted_othersReadOn() throws Exception {
    FaaStore store = store(0);
    Kept kept = store.of("w1").keep(RUN, output(1, 1), bytes(100, 1));
    Eventually.until("it has left", () -> store.usage().bytes() == 0);
    ConcurrentLinkedQueue<Runnable> asked = new ConcurrentLinkedQueue<>();
    tier.answerOn(asked::add);
    FutureTask<Object> first = new FutureTask<>(kept::value);
    Thread interrupted = new Thread(first);
    interrupted.start();
    Eventually.until("the first one reads", () -> asked.size() == 1);
    FutureTask<Object> second = new FutureTask<>(kept::value);
    Thread other = new Thread(second);
    other.start();
    Eventually.until("the second one waits", () -> other.getState() == Thread.State.WAITING);
    interrupted.interrupt();
    assertThatThrownBy(first::get).hasMessageContaining("interrupted");
    Eventually.until("the second one reads by itself", () -> asked.size() == 2);
    asked.forEach(Runnable::run);
    assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo(bytes(100, 1));
  }

  @Test
  void releaseRun_whileItIsWrittenForReadersElsewhere_leavesNothingAnywhere() {
    FaaStore store = store(100);
    tier.holdBack();
    WorkerStore worker = store.of("w1");
    Kept done = worker.keep(RUN, output(1, 1, "w2"), bytes(100, 1));
    done.release(); // its reader here is through
    worker.keep(RUN, output(2, 1, "w2"), bytes(100, 2));
    worker.keep(RUN, output(3, 0, "w2"), bytes(100, 3));
    worker.releaseRun(RUN);
    store.of("w2").releaseRun(RUN);
    tier.letThrough();
    assertThat(store.usage().bytes()).isZero();
    assertThat(store.runsKept()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  @Test
  void keep_emptyAndNull_fitAnywhere() {
    FaaStore store = store(1);
    WorkerStore worker = store.of("w1");
    assertThat(worker.keep(RUN, output(1, 1), null).value()).isNull();
    assertThat(worker.keep(RUN, output(2, 1), new byte[0]).tier()).isEqualTo(Kept.MEMORY);
    worker.releaseRun(RUN);
    assertThat(store.usage().bytes()).isZero();
  }

  @Test
  void keep_typeWithoutCodec_staysAndSaysSo() {
    FaaStore store = store(0);
    Thread value = Thread.currentThread();
    Kept kept = store.of("w1").keep(RUN, output(1, 1), value);
    assertThat(kept.value()).isSameAs(value);
    assertThat(kept.bytes()).isEqualTo(-1);
    assertThat(kept.placement().reason()).contains("java.lang.Thread").contains("no codec");
    assertThatThrownBy(() -> store.of("w1").keep(RUN, output(2, 0, "w2"), value))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("task-2");
  }

  @Test
  void keep_noRoomAndNoRemoteTier_staysOverTheQuota() {
    try (FaaStore store = FaaStore.builder().workerLimit(10).build()) {
      Kept kept = store.of("w1").keep(RUN, output(1, 1), bytes(100, 1));
      assertThat(kept.value()).isEqualTo(bytes(100, 1));
      assertThat(kept.placement().reason()).contains("no other tier");
      assertThat(store.usage().bytes()).isEqualTo(100);
      Kept both = store.of("w1").keep(RUN, output(2, 0, "w2"), bytes(100, 2));
      assertThat(store.of("w2").reference(RUN, output(2, 1), ABSENT).value())
          .isEqualTo(bytes(100, 2));
      store.of("w1").releaseRun(RUN);
      store.of("w2").releaseRun(RUN);
      assertThat(store.usage().bytes()).isZero();
      assertThat(store.of("w2").reference(RUN, output(2, 1), ABSENT).value()).isSameAs(ABSENT);
      both.release();
    }
  }

  // Reading.

  @Test
  void value_ofWhatNobodyKept_isAbsent() {
    FaaStore store = store(100);
    Kept kept = store.of("w1").reference(RUN, output(9, 1), ABSENT);
    assertThat(kept.value()).isSameAs(ABSENT);
    store.of("w2").keep(RUN, output(9, 0, "w1"), "late");
    assertThat(kept.value()).isEqualTo("late");
  }

  @Test
  void value_ofALostOutput_saysSo() {
    FaaStore store = store(0);
    Kept kept = store.of("w1").keep(RUN, output(1, 1), bytes(10, 1));
    Eventually.until("it has left", () -> store.usage().bytes() == 0);
    assertThat(tier.releaseRun(RUN)).isCompleted();
    assertThatThrownBy(kept::value)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("task-1")
        .hasMessageContaining("far");
  }

  @Test
  void value_ofADamagedOutput_isLostToo() {
    FaaStore store = store(1000);
    store.of("w1").keep(RUN, output(1, 0, "w2"), bytes(100, 3));
    Kept kept = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    tier.failWith(new RemoteTierException(
        RemoteTierException.Reason.DAMAGED, null, "far", "a chunk is not there", null));
    assertThatThrownBy(kept::value)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("task-1")
        .hasMessageContaining("a chunk is not there");
  }

  @Test
  void value_readByManyAtTheSameTime_isFetchedOnce() throws Exception {
    FaaStore store = store(1000);
    store.of("w1").keep(RUN, output(1, 0, "w2"), bytes(100, 3));
    Kept kept = store.of("w2").reference(RUN, output(1, 8), ABSENT);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      CyclicBarrier barrier = new CyclicBarrier(8);
      Callable<Object> read = () -> {
        barrier.await(20, TimeUnit.SECONDS);
        return kept.value();
      };
      List<Future<Object>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(threads.submit(read));
      }
      Object first = all.get(0).get(20, TimeUnit.SECONDS);
      assertThat(first).isEqualTo(bytes(100, 3));
      for (Future<Object> one : all) {
        assertThat(one.get(20, TimeUnit.SECONDS)).isSameAs(first);
      }
      assertThat(tier.gets()).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void prefetch_bringsItBeforeItIsRead() {
    FaaStore store = store(1000);
    store.of("w1").keep(RUN, output(1, 0, "w2"), bytes(100, 3));
    Kept kept = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    kept.prefetch();
    kept.prefetch();
    assertThat(tier.gets()).isEqualTo(1);
    assertThat(kept.value()).isEqualTo(bytes(100, 3));
    assertThat(tier.gets()).isEqualTo(1);
  }

  @Test
  void value_tierFails_isReadLater() {
    FaaStore store = store(1000);
    store.of("w1").keep(RUN, output(1, 0, "w2"), bytes(100, 3));
    Kept kept = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    tier.failWith(new IllegalStateException("down"));
    assertThatThrownBy(kept::value).hasMessage("down");
    tier.failWith(null);
    assertThat(kept.value()).isEqualTo(bytes(100, 3));
  }

  // Large blobs.

  private static Blob blob(int size) {
    return Blob.of("video/mp4", bytes(size, 7));
  }

  private static long files(Path folder) {
    return FileTree.of(folder).filter(Files::isRegularFile).count();
  }

  @Test
  void value_ofALargeBlobFromElsewhere_isInAFile(@TempDir Path folder) throws Exception {
    FaaStore store = store(FaaStore.builder().workerLimit(1 << 20).blobsInFiles(folder, 100_000));
    store.of("w1").keep(RUN, output(1, 0, "w2"), blob(100_000));
    store.of("w1").keep(RUN, output(2, 0, "w2"), blob(99_999));
    Kept large = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    large.prefetch();
    Blob found = (Blob) Objects.requireNonNull(large.value());
    assertThat(tier.gets()).isEqualTo(1); // never as a whole
    assertThat(found.isInMemory()).isFalse();
    assertThat(found.contentType()).isEqualTo("video/mp4");
    assertThat(found.length()).isEqualTo(100_000);
    assertThat(large.bytes()).isEqualTo(100_000);
    assertThat(store.usage("w2").bytes()).isZero();
    assertThat(files(folder)).isEqualTo(1);
    large.release();
    try (InputStream in = found.open()) { // as in a function that returns it
      assertThat(in.readAllBytes()).isEqualTo(bytes(100_000, 7));
    }
    Kept small = store.of("w2").reference(RUN, output(2, 1), ABSENT);
    assertThat(((Blob) Objects.requireNonNull(small.value())).isInMemory()).isTrue();
    store.close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void value_ofALargeBlob_itsFileGoesWhenNobodyHasIt(@TempDir Path folder) {
    FaaStore store = store(FaaStore.builder().blobsInFiles(folder, 100_000));
    store.of("w1").keep(RUN, output(1, 0, "w2"), blob(100_000));
    Kept kept = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    assertThat(kept.value()).isNotNull();
    assertThat(files(folder)).isEqualTo(1);
    kept.release();
    Eventually.until("the file is gone", () -> {
      System.gc();
      return files(folder) == 0;
    });
  }

  @Test
  void value_ofALargeBlobThatIsDamaged_isLostAndLeavesNoFile(@TempDir Path folder) {
    FaaStore store = store(FaaStore.builder().blobsInFiles(folder, 100_000));
    RemoteTierException damaged = new RemoteTierException(
        RemoteTierException.Reason.DAMAGED, null, "far", "a chunk is not there", null);
    tier.streamFrom(() -> {
      throw new IOException(damaged);
    });
    store.of("w1").keep(RUN, output(1, 0, "w2"), blob(100_000));
    Kept kept = store.of("w2").reference(RUN, output(1, 1), ABSENT);
    assertThatThrownBy(kept::value)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("a chunk is not there");
    assertThat(files(folder)).isZero();
  }

  // The end.

  @Test
  void releaseRun_freesAllOfItAndNothingElse() {
    FaaStore store = store(1000);
    WorkerStore worker = store.of("w1");
    RunId other = new RunId(1L << 16, 2);
    worker.keep(RUN, output(1, 1), bytes(100, 1));
    worker.keep(RUN, output(2, 1, "w2"), bytes(100, 1));
    Kept stays = worker.keep(other, output(1, 1), bytes(100, 1));
    worker.releaseRun(RUN);
    worker.releaseRun(RUN);
    assertThat(store.usage().bytes()).isEqualTo(100);
    assertThat(store.usage().outputs()).isEqualTo(1);
    assertThat(tier.isEmpty()).isTrue();
    assertThat(stays.value()).isEqualTo(bytes(100, 1));
  }

  @Test
  void releaseRun_whileItsOutputIsBeingWritten_leavesNothingAnywhere() {
    FaaStore store = store(0);
    tier.holdBack();
    store.of("w1").keep(RUN, output(1, 1), bytes(100, 1));
    Eventually.until("it is being written", () -> tier.waiting() == 1);
    store.of("w1").releaseRun(RUN);
    assertThat(store.usage().bytes()).isEqualTo(100); // the write refers to it
    tier.letThrough();
    Eventually.until("nothing is left", () -> store.usage().bytes() == 0 && tier.isEmpty());
  }

  @Test
  void releaseRun_beforeALateOutput_isFollowedByAnotherThatFreesIt() {
    FaaStore store = store(1000);
    WorkerStore worker = store.of("w1");
    worker.releaseRun(RUN);
    worker.keep(RUN, output(1, 1, "w2"), bytes(100, 1));
    worker.releaseRun(RUN);
    assertThat(store.usage().bytes()).isZero();
    assertThat(tier.isEmpty()).isTrue();
  }

  // Quotas.

  @Test
  void quota_provisioned_isWhatFunctionsDoNotUse() {
    FaaStore store =
        store(FaaStore.builder().workerLimit(1_000_000).quota(MemoryQuota.provisioned(100)));
    WorkerStore worker = store.of("w1");
    worker.deploy(
        "d1",
        "flow",
        List.of(new FunctionShare("f", 10_000, 3), new FunctionShare("undeclared", 0, 5)));
    assertThat(store.quota("w1", "flow")).isZero(); // nothing was seen
    store.observed("f", 4_000);
    // 4,000 bytes, at most 1 % too high, twice: by the sketch and against it
    assertThat(store.quota("w1", "flow")).isBetween(3L * (5_900 - 80), 3L * 5_900);
    store.observed("undeclared", 5);
    assertThat(store.quota("w1", "flow")).isBetween(3L * (5_900 - 80), 3L * 5_900);
    worker.observed("f", 20_000); // as an engine does that has seen it
    assertThat(store.quota("w1", "flow")).isZero();
    assertThatThrownBy(() -> store.observed("f", -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> store.quota("w9", "flow")).hasMessageContaining("w9");
  }

  @Test
  void quota_thatShrinks_makesOutputsLeaveAndLosesNone() {
    FaaStore store =
        store(FaaStore.builder().workerLimit(1_000_000).quota(MemoryQuota.provisioned(0)));
    WorkerStore worker = store.of("w1");
    worker.deploy("d1", "flow", List.of(new FunctionShare("f", 10_000, 1)));
    store.observed("f", 1_000);
    List<Kept> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(worker.keep(RUN, output(i, 1), bytes(1_000, i)));
    }
    assertThat(store.usage().bytes()).isEqualTo(8_000);
    store.observed("f", 7_000);
    Eventually.until("enough has left", () -> store.usage().bytes() <= 3_000);
    assertThat(store.usage().movedToRemote()).isGreaterThanOrEqualTo(5_000);
    for (int i = 0; i < 8; i++) {
      assertThat(all.get(i).value()).isEqualTo(bytes(1_000, i));
    }
    assertThat(store.usage().bytes()).isLessThanOrEqualTo(3_000);
    worker.releaseRun(RUN);
    Eventually.until("nothing is left", () -> store.usage().bytes() == 0 && tier.isEmpty());
  }

  @Test
  void quota_ofOneWorkflow_isNotThatOfAnother() {
    FaaStore store = store(FaaStore.builder().workerLimit(150).quota(MemoryQuota.fixed(100)));
    WorkerStore worker = store.of("w1");
    assertThat(worker.keep(RUN, output(1, 1), bytes(100, 1)).tier()).isEqualTo(Kept.MEMORY);
    Output other = new Output("other", 1, "task", 1, List.of(), List.of());
    assertThat(worker.keep(RUN, other, bytes(50, 1)).tier()).isEqualTo(Kept.MEMORY);
    Kept above = worker.keep(RUN, other, bytes(1, 1)); // room in its quota, none on the worker
    Eventually.until(
        "it has left", () -> above.tier().equals("far") && store.usage().bytes() == 150);
  }

  @Test
  void undeploy_forgetsTheQuota() {
    FaaStore store =
        store(FaaStore.builder().workerLimit(1_000_000).quota(MemoryQuota.provisioned(0)));
    WorkerStore worker = store.of("w1");
    worker.deploy("d1", "flow", List.of(new FunctionShare("f", 10_000, 1)));
    worker.deploy("d2", "flow", List.of(new FunctionShare("f", 10_000, 2)));
    store.observed("f", 0);
    assertThat(store.quota("w1", "flow")).isEqualTo(20_000);
    worker.undeploy("d2");
    assertThat(store.quota("w1", "flow")).isEqualTo(10_000);
    worker.undeploy("d1");
    assertThat(store.quota("w1", "flow")).isZero();
  }
}
