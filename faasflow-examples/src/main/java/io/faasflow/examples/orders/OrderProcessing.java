package io.faasflow.examples.orders;

import static io.faasflow.workflow.Task.task;

import io.faasflow.function.RetryPolicy;
import io.faasflow.workflow.Foreach;
import io.faasflow.workflow.Outputs;
import io.faasflow.workflow.Sequence;
import io.faasflow.workflow.Task;
import io.faasflow.workflow.Workflow;
import java.time.Duration;
import java.util.List;

/**
 * An order is checked, its items are reserved, it is paid, and shipped. When that cannot be done, what
 * was reserved is released, and what was paid is refunded. What calls other systems is bound by name;
 * the rest is here. Thread-safe.
 */
public final class OrderProcessing {
  /** Refuses what is no order. */
  public static final Task<Order, Order> VALIDATE = task("validate", OrderProcessing::validate);

  /** Whether the order is above suspicion. */
  public static final Task<Order, Boolean> FRAUD = Task.named("fraud");

  /** Whether there is a way to the customer's address. */
  public static final Task<Order, Boolean> ADDRESS = Task.named("address");

  /** Puts an item aside, till it is released; gives what it costs in all, in cents. */
  public static final Task<Order.Item, Integer> RESERVE =
      Task.<Order.Item, Integer>named("reserve").compensateBy("release");

  /**
   * Takes the money, which can be refunded; gives a reference. Tried for half an hour, unless the card
   * is declined.
   */
  public static final Task<Bill, String> CHARGE = Task.<Bill, String>named("charge")
      .compensateBy("refund")
      .timeout(Duration.ofSeconds(30))
      .retry(RetryPolicy.attempts(4)
          .backoff(Duration.ofMinutes(1), 5, Duration.ofHours(1))
          .jitter(0)
          .notOn(CardDeclinedException.class));

  /** Sends the parcel; takes the reference of the payment. */
  public static final Task<String, Receipt> SHIP = Task.named("ship");

  private static final Task<Outputs, List<Order.Item>> ITEMS =
      Task.reading(VALIDATE).task("items", (checks, read) -> read.get(VALIDATE).items());

  private static final Task<List<Integer>, Bill> TOTAL = Task.reading(VALIDATE)
      .task("total", (prices, read) -> {
        Order order = read.get(VALIDATE);
        int cents = prices.stream().mapToInt(Integer::intValue).sum();
        return new Bill(order.id(), order.customer(), cents);
      });

  private static final Task<Outputs, Receipt> REJECT = Task.reading(VALIDATE)
      .task("reject", (checks, read) -> {
        String reason = checks.get(FRAUD) ? "no way to the address" : "suspicious";
        return new Receipt(read.get(VALIDATE).id(), false, reason);
      });

  private static final Sequence<Outputs, Receipt> FULFIL = ITEMS
      .then(Foreach.of((List<Order.Item> items) -> items, RESERVE))
      .then(TOTAL)
      .then(CHARGE)
      .then(SHIP);

  private OrderProcessing() {}

  /** The workflow. */
  public static Workflow<Order, Receipt> workflow() {
    return Workflow.<Order>builder("order-processing")
        .sequence(VALIDATE)
        .parallel(FRAUD, ADDRESS)
        .switchOn(
            checks -> checks.get(FRAUD) && checks.get(ADDRESS),
            s -> s.when(true, FULFIL).otherwise(REJECT))
        .build();
  }

  private static Order validate(Order order) {
    if (order.items().isEmpty()) {
      throw new IllegalArgumentException("Order " + order.id() + " has no items");
    }
    return order;
  }
}
