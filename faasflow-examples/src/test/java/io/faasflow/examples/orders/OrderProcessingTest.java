package io.faasflow.examples.orders;

import static io.faasflow.examples.orders.OrderProcessing.ADDRESS;
import static io.faasflow.examples.orders.OrderProcessing.CHARGE;
import static io.faasflow.examples.orders.OrderProcessing.FRAUD;
import static io.faasflow.examples.orders.OrderProcessing.RESERVE;
import static io.faasflow.examples.orders.OrderProcessing.SHIP;
import static io.faasflow.testing.WorkflowAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import io.faasflow.LocalExecutor;
import io.faasflow.LocalRun;
import io.faasflow.RunOptions;
import io.faasflow.partition.HashSpread;
import io.faasflow.run.RunStatus;
import io.faasflow.run.TaskTimeoutException;
import io.faasflow.testing.LocalExecutorExtension;
import io.faasflow.workflow.Workflow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LocalExecutorExtension.class)
class OrderProcessingTest {
  private static final Workflow<Order, Receipt> WORKFLOW = OrderProcessing.workflow();

  private static final Order ORDER = new Order(
      "o-1",
      "ada",
      List.of(
          new Order.Item("tea", 2, 300),
          new Order.Item("cup", 1, 800),
          new Order.Item("pot", 1, 2_500)));

  /** A world in which everything goes well. */
  @BeforeEach
  void outside(LocalExecutor executor) {
    executor
        .stub(FRAUD, order -> true)
        .stub(ADDRESS, order -> true)
        .stub(RESERVE, item -> item.quantity() * item.cents())
        .stub(CHARGE, bill -> "paid-" + bill.cents())
        .stub("release", reservation -> null)
        .stub("refund", payment -> null)
        .stub(SHIP, payment -> new Receipt("o-1", true, payment));
  }

  @Test
  void order_thatIsFine_isShipped(LocalExecutor executor) {
    assertThat(executor.run(WORKFLOW, ORDER))
        .completed()
        .hasOutput(new Receipt("o-1", true, "paid-3900"));
  }

  @Test
  void items_areReservedAfterTheChecksAndBeforeThePayment(LocalExecutor executor) {
    assertThat(executor.run(WORKFLOW, ORDER))
        .ran("validate")
        .before("fraud")
        .before("address")
        .ran("reserve")
        .after("fraud")
        .after("address")
        .before("charge")
        .ran("charge")
        .before("ship");
  }

  @Test
  void order_withoutItems_isRefusedBeforeAnythingIsDone(LocalExecutor executor) {
    assertThat(executor.run(WORKFLOW, new Order("o-2", "bob", List.of())))
        .failedAt("validate")
        .withCause(IllegalArgumentException.class, "o-2 has no items")
        .didNotRun("fraud")
        .didNotRun("charge");
  }

  @Test
  void order_thatIsSuspicious_isRejectedAndNotCharged(LocalExecutor executor) {
    executor.stub(FRAUD, order -> false);
    assertThat(executor.run(WORKFLOW, ORDER))
        .hasOutput(new Receipt("o-1", false, "suspicious"))
        .skipped("reserve")
        .skipped("charge")
        .skipped("ship");
  }

  @Test
  void checks_runAtTheSameTime(LocalExecutor executor) {
    executor.takes("fraud", Duration.ofSeconds(3)).takes("address", Duration.ofSeconds(2));
    assertThat(executor.run(WORKFLOW, ORDER)).completed().took(Duration.ofSeconds(3));
  }

  @Test
  void reserve_seesEachItemOnce(LocalExecutor executor) {
    assertThat(executor.run(WORKFLOW, ORDER))
        .ran("reserve", 3)
        .inputsSatisfy(
            "reserve",
            items -> assertThat(items).containsExactlyInAnyOrderElementsOf(ORDER.items()));
  }

  @Test
  void item_thatIsSoldOut_failsTheOrderBeforeThePayment(LocalExecutor executor) {
    executor.failInstance("reserve", 1, () -> new IllegalStateException("no cups left"));
    LocalRun<Receipt> run = executor.run(WORKFLOW, ORDER);
    assertThat(run)
        .failedAt("reserve", 1)
        .withCause(IllegalStateException.class, "no cups left")
        .didNotRun("charge");
    long reserved =
        run.invocations("reserve").stream().filter(one -> one.output() != null).count();
    assertThat(run.invocations("release")).hasSize((int) reserved);
  }

  @Test
  void payment_thatIsDown_isTriedAgainAfterOneAndFiveMinutes(LocalExecutor executor) {
    executor
        .failAttempt("charge", 1, () -> new IOException("down"))
        .failAttempt("charge", 2, () -> new IOException("still down"));
    assertThat(executor.run(WORKFLOW, ORDER))
        .completed()
        .retried("charge", 2)
        .took(Duration.ofMinutes(6));
  }

  @Test
  void card_thatIsDeclined_isNotTriedAgain(LocalExecutor executor) {
    executor.failAttempt("charge", 1, () -> new CardDeclinedException("expired"));
    assertThat(executor.run(WORKFLOW, ORDER))
        .failedAt("charge")
        .withCause(CardDeclinedException.class, "expired")
        .retried("charge", 0)
        .ran("release", 3)
        .didNotRun("refund")
        .didNotRun("ship");
  }

  @Test
  void payment_thatHangs_isGivenUpAfterFourTimeouts(LocalExecutor executor) {
    executor.takes("charge", Duration.ofHours(1));
    assertThat(executor.run(WORKFLOW, ORDER))
        .failedAt("charge")
        .withCause(TaskTimeoutException.class)
        .retried("charge", 3)
        .took(Duration.ofMinutes(1 + 5 + 25 + 2)); // the waits, and four times 30 s
    assertThat(executor.run(WORKFLOW, ORDER, RunOptions.deadline(Duration.ofMinutes(5))))
        .timedOut()
        .retried("charge", 1);
  }

  @Test
  void total_isTheSameInEveryOrderOfEvents() {
    LocalExecutor.Builder twoWorkers =
        LocalExecutor.builder().workers(2).partitioner(new HashSpread());
    twoWorkers.forEachInterleaving(50, executor -> {
      outside(executor);
      assertThat(executor.run(WORKFLOW, ORDER)).hasOutput(new Receipt("o-1", true, "paid-3900"));
    });
  }

  @Test
  void failures_whereverTheyHappen_neverShipWhatIsNotPaid() {
    LocalExecutor.forEachInterleaving(50, executor -> {
      outside(executor);
      executor.failAtRandom(0.2, () -> new IOException("flaky"));
      LocalRun<Receipt> run = executor.run(WORKFLOW, ORDER);
      long paid =
          run.invocations("charge").stream().filter(one -> one.output() != null).count();
      assertThat(paid).isLessThanOrEqualTo(1);
      assertThat(run.invocations("ship")).hasSize((int) paid);
      assertThat(run.status()).isIn(RunStatus.COMPLETED, RunStatus.FAILED);
    });
  }
}
